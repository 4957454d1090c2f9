import { type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, Opaque } from '#machinery/cel/value.ts'
import { through } from './costs.ts'

class Version extends Opaque {
  readonly type = 'kubernetes.Semver'
  readonly numbers: readonly bigint[]
  readonly prerelease: readonly string[]

  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }

  equals(other: Opaque): boolean {
    return other instanceof Version && compare(this, other) === 0
  }
}

const longest = 256
const strict =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/

/** `v1.02` as `1.2.0`: without its letter, its leading zeros, and with what it lacks. */
function normal(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([^+-]*)([\s\S]*)$/.exec(text) ?? []
  const parts = numbers.split('.').map(part => part.replace(/^0+(?=\d)/, ''))
  if (parts.length < 3 && rest) return text
  while (parts.length < 3) parts.push('0')
  return parts.join('.') + rest
}

function parse(text: string, normalize: boolean): Version | undefined {
  const found = text.length <= longest ? strict.exec(normalize ? normal(text) : text) : null
  return found ? new Version(found.slice(1, 4).map(BigInt), found[4]?.split('.') ?? []) : undefined
}

function read(text: string, normalize = false): Version {
  const version = parse(text, normalize)
  if (version) return version
  throw new EvaluationError(text === '' ? 'Version string empty' : `${JSON.stringify(text)} is no semantic version`)
}

/** Below, equal or above 0: by the numbers, then by what comes before a release. */
function compare(a: Version, b: Version): number {
  for (const [at, number] of a.numbers.entries()) if (number !== b.numbers[at]) return number < b.numbers[at]! ? -1 : 1
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return Math.sign(b.prerelease.length - a.prerelease.length)
  for (const [at, one] of a.prerelease.entries()) {
    const other = b.prerelease[at]
    if (other === undefined) return 1
    const order = comparePart(one, other)
    if (order !== 0) return order
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0
}

/** Numbers come before words. */
function comparePart(a: string, b: string): number {
  const [isA, isB] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isA !== isB) return isA ? -1 : 1
  const [x, y] = isA ? [BigInt(a), BigInt(b)] : [a, b]
  return x < y ? -1 : x > y ? 1 : 0
}

const own = (signature: string): string => signature.replace(/\bSemver\b/g, 'kubernetes/Semver')

/** Semantic versions (upstream: library.SemverLib, version 1). */
export const semver: readonly Overload[] = [
  overload(own('semver(string): Semver'), (text: string) => read(text), through()),
  overload(own('semver(string, bool): Semver'), read, through()),
  overload('isSemver(string): bool', (text: string) => parse(text, false) !== undefined, through()),
  overload('isSemver(string, bool): bool', (text: string, normalize: boolean) => parse(text, normalize) !== undefined, through()),
  ...['major', 'minor', 'patch'].map((name, at) =>
    overload(own(`Semver.${name}(): int`), ({ numbers }: Version) => numbers[at]!),
  ),
  overload(own('Semver.isGreaterThan(Semver): bool'), (a: Version, b: Version) => compare(a, b) > 0),
  overload(own('Semver.isLessThan(Semver): bool'), (a: Version, b: Version) => compare(a, b) < 0),
  overload(own('Semver.compareTo(Semver): int'), (a: Version, b: Version) => BigInt(compare(a, b))),
]
