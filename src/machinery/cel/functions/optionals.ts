import { type Overload, overload } from '#machinery/cel/overload.ts'
import { Duration, EvaluationError, MapValue, Optional, Timestamp, Uint, type Value } from '#machinery/cel/value.ts'
import { making, sizeOf } from './costs.ts'

function valueIn({ value }: Optional): Value {
  if (value === undefined) throw new EvaluationError('optional.none() dereference')
  return value
}

/** Whether a value is the one that its type begins with. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true
  if (Array.isArray(value) || value instanceof Uint8Array || value instanceof MapValue) return sizeOf(value) === 0
  if (value instanceof Uint) return value.value === 0n
  return (value instanceof Duration || value instanceof Timestamp) && value.nanos === 0n
}

const of = (value: Value): Optional => new Optional(value)
const none = (): Optional => new Optional()
const unwrap = (list: readonly Optional[]): Value[] => list.flatMap(({ value }) => (value === undefined ? [] : [value]))

/** Values that may be missing (upstream: cel-go's OptionalTypes); `or` and `orValue` are the evaluator's own. */
export const optionals: readonly Overload[] = [
  overload('optional/of(A): optional(A)', of),
  overload('optional/none(): optional(A)', none),
  overload('optional/ofNonZeroValue(A): optional(A)', (value: Value) => (isZero(value) ? none() : of(value))),
  overload('optional/unwrap(list(optional(A))): list(A)', unwrap, ([list]) => making(sizeOf(list))),
  overload('list(optional(A)).unwrapOpt(): list(A)', unwrap, ([list]) => making(sizeOf(list))),
  overload('optional(A).hasValue(): bool', ({ value }: Optional) => value !== undefined),
  overload('optional(A).value(): A', valueIn),
]
