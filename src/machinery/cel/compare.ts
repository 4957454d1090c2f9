import { Duration, EvaluationError, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts'

/** Whether two values are equal. Numbers are, whatever their types, if they are the same number. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) return order(a, b) === 0
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => equals(item, b[at]))
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof MapValue)
    return b instanceof MapValue && a.size === b.size && Iterator.from(a.keys()).every(key => sameMember(a.get(key)!, b.get(key)))
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Opaque) return b instanceof Opaque && a.equals(b)
  if (a instanceof Optional)
    return b instanceof Optional && (a.value === undefined ? b.value === undefined : sameMember(a.value, b.value))
  return false
}

const sameMember = (a: Value, b: Value | undefined): boolean => b !== undefined && equals(a, b)

const isNumber = (value: Value): value is bigint | number | Uint =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint

/** Below, equal or above 0, as the first comes before, with or after the second; not a number where NaN is one of them. */
export function order(one: Value, other: Value): number {
  const [x, y] = [plain(one), plain(other)]
  // An int and a double are compared as doubles, even where that takes two for the same.
  const [a, b] = typeof x === 'number' || typeof y === 'number' ? [Number(x), Number(y)] : [x, y]
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === typeof b && (typeof a === 'boolean' || typeof a === 'bigint' || typeof a === 'number'))
    return a < (b as typeof a) ? -1 : a > (b as typeof a) ? 1 : a <= (b as typeof a) ? 0 : Number.NaN
  throw new EvaluationError('no such overload')
}

function plain(value: Value): Value {
  if (value instanceof Uint) return value.value
  return value instanceof Timestamp || value instanceof Duration ? value.nanos : value
}

/** How much there is of a text: characters, not halves of them. */
export function lengthOf(text: string): number {
  if (!/[\ud800-\udbff]/.test(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}
