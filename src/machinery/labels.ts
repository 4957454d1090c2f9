import type { LabelSelector } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, notSupported, required } from './causes.ts'
import { validateLabels } from './metadata.ts'
import { labelValue, qualifiedName } from './names.ts'

export type Labels = Readonly<Record<string, string>>

export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | '=' | '==' | '!=' | 'Gt' | 'Lt'

/** One thing that labels must fulfil. */
export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** A condition on labels: all its requirements, sorted by key. None at all is everything. */
export interface Selector {
  readonly requirements: readonly Requirement[]
  matches(labels: Labels | undefined): boolean
  /** The selector as `?labelSelector=` takes it. */
  toString(): string
}

/** A selector that fulfils these requirements, which must be valid. */
export function selectorFrom(requirements: Iterable<Requirement>): Selector {
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const tests = sorted.map(testOf)
  return {
    requirements: sorted,
    matches(labels = {}) {
      for (const test of tests) if (!test(labels)) return false
      return true
    },
    toString: () => sorted.map(textOf).join(','),
  }
}

/** Selects everything. */
export const everything: Selector = selectorFrom([])

/** Selects nothing. */
export const nothing: Selector = { requirements: [], matches: () => false, toString: () => '' }

/** The selector that demands each of these labels. No labels select everything, so ask first where that is not meant. */
export const selectorFromLabels = (labels: Labels | undefined): Selector =>
  selectorFrom(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })))

/** The selector that a metav1.LabelSelector describes: none selects nothing, an empty one everything. Throws on a bad one. */
export function selectorOf(object: LabelSelector | undefined | null): Selector {
  if (!object) return nothing
  const requirements = Object.entries(object.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]))
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    if (!objectOperators.has(operator)) throw new Error(`"${operator}" is not a valid label selector operator`)
    requirements.push(requirement(key, operator as Operator, values ?? []))
  }
  return selectorFrom(requirements)
}

/** What is wrong with a metav1.LabelSelector. */
export function* validateSelector(object: LabelSelector | undefined | null, path: string): Generator<Cause> {
  yield* validateLabels(object?.matchLabels, `${path}.matchLabels`)
  for (const [i, { key = '', operator = '', values = [] }] of (object?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`
    if (!objectOperators.has(operator)) yield invalidValue(`${at}.operator`, operator, 'not a valid selector operator')
    else if (operator.endsWith('In')) {
      if (values.length === 0) yield required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
    } else if (values.length > 0) {
      yield forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    }
    yield* invalidEach(`${at}.key`, key, qualifiedName(key))
    for (const [j, value] of values.entries()) yield* invalidEach(`${at}.values[${j}]`, value, labelValue(value))
  }
}

const objectOperators: ReadonlySet<string> = new Set<Operator>(['In', 'NotIn', 'Exists', 'DoesNotExist'])

/** A requirement, or an error that says everything that is wrong with it. */
export function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const said = [...validateRequirement(key, operator, values)].map(({ field, message }) => `${field}: ${message}`)
  if (said.length > 0) throw new Error(said.length === 1 ? said[0] : `[${said.join(', ')}]`)
  return { key, operator, values }
}

function* validateRequirement(key: string, operator: Operator, values: readonly string[]): Generator<Cause> {
  yield* joined('key', key, qualifiedName(key))
  const rule = rules[operator]
  if (!rule) yield notSupported('operator', operator, ['in', 'notin', '=', '==', '!=', 'gt', 'lt', 'exists', '!'])
  else if (!rule.takes(values.length)) yield invalidValue('values', values, rule.otherwise)
  if (operator === 'Gt' || operator === 'Lt') {
    for (const [i, value] of values.entries()) {
      if (integer(value) === undefined)
        yield invalidValue(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer")
    }
  }
  for (const [i, value] of values.entries()) yield* joined(`values[${i}][${key}]`, value, labelValue(value))
}

/** In selectors upstream says all that is wrong with one value in one sentence. */
export function* joined(path: string, value: string, problems: readonly string[]): Generator<Cause> {
  if (problems.length > 0) yield invalidValue(path, value, problems.join('; '))
}

interface Rule {
  takes(count: number): boolean
  readonly otherwise: string
}

const oneOrMore: Rule = { takes: count => count > 0, otherwise: "for 'in', 'notin' operators, values set can't be empty" }
const exactlyOne: Rule = { takes: count => count === 1, otherwise: 'exact-match compatibility requires one single value' }
const none: Rule = { takes: count => count === 0, otherwise: 'values set must be empty for exists and does not exist' }
const oneNumber: Rule = { takes: count => count === 1, otherwise: "for 'Gt', 'Lt' operators, exactly one value is required" }

const rules: Record<Operator, Rule> = {
  In: oneOrMore,
  NotIn: oneOrMore,
  '=': exactlyOne,
  '==': exactlyOne,
  '!=': exactlyOne,
  Exists: none,
  DoesNotExist: none,
  Gt: oneNumber,
  Lt: oneNumber,
}

/** An integer of 64 bits, as Go's ParseInt reads one. */
function integer(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,30}$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

function testOf({ key, operator, values }: Requirement): (labels: Labels) => boolean {
  // A label is text, so what an object inherits (`constructor`) is none.
  const label = (labels: Labels): unknown => labels[key]
  const has = (labels: Labels): boolean => typeof label(labels) === 'string'
  const first = values[0]
  switch (operator) {
    case '=':
    case '==':
      return labels => labels[key] === first
    case '!=':
      return labels => labels[key] !== first
    case 'In':
      return labels => has(labels) && values.includes(labels[key]!)
    case 'NotIn':
      return labels => !has(labels) || !values.includes(labels[key]!)
    case 'Exists':
      return has
    case 'DoesNotExist':
      return labels => !has(labels)
    case 'Gt':
    case 'Lt':
      return labels => has(labels) && beyond(integer(labels[key]!), operator, integer(first ?? ''))
  }
}

const beyond = (label: bigint | undefined, operator: 'Gt' | 'Lt', bound: bigint | undefined): boolean =>
  label !== undefined && bound !== undefined && (operator === 'Gt' ? label > bound : label < bound)

function textOf({ key, operator, values }: Requirement): string {
  const list = values.toSorted().join(',')
  switch (operator) {
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    case 'In':
      return `${key} in (${list})`
    case 'NotIn':
      return `${key} notin (${list})`
    case 'Gt':
      return `${key}>${list}`
    case 'Lt':
      return `${key}<${list}`
    default:
      return `${key}${operator}${list}`
  }
}
