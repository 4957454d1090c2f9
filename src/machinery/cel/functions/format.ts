import { durationText, timestampText } from '#machinery/cel/moments.ts'
import { type Overload, overload } from '#machinery/cel/overload.ts'
import { typeOf } from '#machinery/cel/type-of.ts'
import { Duration, EvaluationError, MapValue, Timestamp, TypeValue, Uint, type Value } from '#machinery/cel/value.ts'
import { sizeOf, tenth, weightOf } from './costs.ts'
import { doubleText, utf8 } from './texts.ts'

/** More decimals are no more exact. */
const mostDecimals = 100

/** A clause: a percent sign as it is, or how many decimals and which letter. */
const clause = /%(?:(%)|(?:\.(\d+))?([\s\S]?))/g

/** A text with values in it, as upstream's library writes them (cel-go: ext/formatting.go, in the locale en_US). */
function formatted(text: string, values: readonly Value[]): string {
  let next = 0
  return text.replace(clause, (_, percent: string | undefined, decimals: string | undefined, letter: string) => {
    if (percent) return percent
    if (letter === '') throw new EvaluationError('unexpected end of string')
    if (next >= values.length) throw new EvaluationError(`index ${next} out of range`)
    const write = Object.hasOwn(letters, letter) ? letters[letter] : undefined
    if (!write) throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${letter}"`)
    const count = decimals === undefined ? 6 : Number(decimals)
    if (count > mostDecimals) throw new EvaluationError(`error while parsing precision: ${decimals} is too large`)
    return write(values[next++]!, count)
  })
}

const refused = (what: string, value: Value): EvaluationError =>
  new EvaluationError(`error during formatting: ${what}, was given ${typeOf(value)}`)

const letters: Readonly<Record<string, (value: Value, decimals: number) => string>> = {
  s: shown,
  d: value => String(integer(value) ?? fail('decimal clause can only be used on integers', value)),
  f: fixed,
  e: scientific,
  b: value =>
    typeof value === 'boolean'
      ? String(Number(value))
      : (based(integer(value), 2) ?? fail('only integers and bools can be formatted as binary', value)),
  o: value => based(integer(value), 8) ?? fail('octal clause can only be used on integers', value),
  x: hexadecimal,
  X: value => hexadecimal(value).toUpperCase(),
}

function fail(what: string, value: Value): never {
  throw refused(what, value)
}

const integer = (value: Value): bigint | undefined =>
  typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined

const based = (value: bigint | undefined, base: number): string | undefined => value?.toString(base)

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return based(integer(value), 16) ?? fail('only integers, byte buffers, and strings can be formatted as hex', value)
}

function fixed(value: Value, decimals: number): string {
  if (typeof value !== 'number') throw refused('fixed-point clause can only be used on doubles', value)
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, roundingMode: 'halfEven' as const }
  return new Intl.NumberFormat('en-US', digits).format(value)
}

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹'

function scientific(value: Value, decimals: number): string {
  if (typeof value !== 'number') throw refused('scientific clause can only be used on doubles', value)
  if (!Number.isFinite(value)) return fixed(value, 0)
  const [mantissa, sign, power = ''] = value.toExponential(decimals).split(/e([+-])/)
  const exponent = Array.from(power.padStart(2, '0'), digit => raised[Number(digit)]).join('')
  return `${mantissa}\u202f×\u202f10${sign === '-' ? '⁻' : ''}${exponent}`
}

function shown(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return doubleText(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return utf8(value)
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof TypeValue) return value.name
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(inside).join(', ')}]`
  if (!(value instanceof MapValue))
    throw refused(
      'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
      value,
    )
  const entries = Array.from(value.keys(), key => [inside(key), inside(value.get(key)!)] as const)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${sorted.map(([key, each]) => `${key}:${each}`).join(', ')}}`
}

/** A value within a list or a map: as an expression would write it. */
function inside(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `b${JSON.stringify(utf8(value))}`
  if (value instanceof Timestamp || value instanceof Duration)
    return `${value instanceof Timestamp ? 'timestamp' : 'duration'}("${shown(value)}")`
  return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(6) : shown(value)
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** Texts made of values, and texts made safe to print (upstream: cel-go's ext.Strings). */
export const format: readonly Overload[] = [
  overload('string.format(list(dyn)): string', formatted, ([text, values]) => tenth(sizeOf(text)) + weightOf(values)),
  overload(
    'strings/quote(string): string',
    (text: string) => `"${text.replace(/[\p{Cc}\\"]/gu, each => escapes[each] ?? each)}"`,
    ([text]) => tenth(sizeOf(text)),
  ),
]
