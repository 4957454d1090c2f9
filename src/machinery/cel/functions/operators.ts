import { equals, order } from '#machinery/cel/compare.ts'
import { int64, uint64 } from '#machinery/cel/integers.ts'
import { moment, span } from '#machinery/cel/moments.ts'
import { type Cost, type Overload, overload } from '#machinery/cel/overload.ts'
import {
  type Duration,
  EvaluationError,
  type MapValue,
  Optional,
  type Timestamp,
  Uint,
  type Value,
} from '#machinery/cel/value.ts'
import { comparison, search, sizeOf, tenth } from './costs.ts'

/** A divisor. Throws for 0. */
const divisor = (value: bigint, what: string): bigint => {
  if (value === 0n) throw new EvaluationError(what)
  return value
}

/** To put two together. Lists are copied here, so they cost what texts do; upstream's are not, and cost 1. */
const both: Cost = ([a, b]) => Math.max(1, tenth(sizeOf(a) + sizeOf(b)))

const byZero = 'division by zero'
const moduloZero = 'modulus by zero'

const arithmetic: readonly Overload[] = [
  overload('_+_(int, int): int', (a: bigint, b: bigint) => int64(a + b)),
  overload('_-_(int, int): int', (a: bigint, b: bigint) => int64(a - b)),
  overload('_*_(int, int): int', (a: bigint, b: bigint) => int64(a * b)),
  overload('_/_(int, int): int', (a: bigint, b: bigint) => int64(a / divisor(b, byZero))),
  overload('_%_(int, int): int', (a: bigint, b: bigint) => a % divisor(b, moduloZero)),
  overload('-_(int): int', (a: bigint) => int64(-a)),
  overload('_+_(uint, uint): uint', (a: Uint, b: Uint) => uint64(a.value + b.value)),
  overload('_-_(uint, uint): uint', (a: Uint, b: Uint) => uint64(a.value - b.value)),
  overload('_*_(uint, uint): uint', (a: Uint, b: Uint) => uint64(a.value * b.value)),
  overload('_/_(uint, uint): uint', (a: Uint, b: Uint) => new Uint(a.value / divisor(b.value, byZero))),
  overload('_%_(uint, uint): uint', (a: Uint, b: Uint) => new Uint(a.value % divisor(b.value, moduloZero))),
  overload('_+_(double, double): double', (a: number, b: number) => a + b),
  overload('_-_(double, double): double', (a: number, b: number) => a - b),
  overload('_*_(double, double): double', (a: number, b: number) => a * b),
  overload('_/_(double, double): double', (a: number, b: number) => a / b),
  overload('-_(double): double', (a: number) => -a),
  overload('_+_(string, string): string', (a: string, b: string) => a + b, both),
  overload('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), both),
  overload('_+_(list(A), list(A)): list(A)', (a: Value[], b: Value[]) => [...a, ...b], both),
  overload('_+_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => moment(a.nanos + b.nanos)),
  overload('_+_(duration, timestamp): timestamp', (a: Duration, b: Timestamp) => moment(a.nanos + b.nanos)),
  overload('_+_(duration, duration): duration', (a: Duration, b: Duration) => span(a.nanos + b.nanos)),
  overload('_-_(timestamp, timestamp): duration', (a: Timestamp, b: Timestamp) => span(a.nanos - b.nanos)),
  overload('_-_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => moment(a.nanos - b.nanos)),
  overload('_-_(duration, duration): duration', (a: Duration, b: Duration) => span(a.nanos - b.nanos)),
]

/** Numbers are compared whatever their types. */
const comparable = [
  ...['int', 'uint', 'double'].flatMap(a => ['int', 'uint', 'double'].map(b => `${a}, ${b}`)),
  ...['bool', 'string', 'bytes', 'timestamp', 'duration'].map(type => `${type}, ${type}`),
]

const comparisons: readonly Overload[] = comparable.flatMap(types => [
  overload(`_<_(${types}): bool`, (a: Value, b: Value) => order(a, b) < 0, comparison),
  overload(`_<=_(${types}): bool`, (a: Value, b: Value) => order(a, b) <= 0, comparison),
  overload(`_>_(${types}): bool`, (a: Value, b: Value) => order(a, b) > 0, comparison),
  overload(`_>=_(${types}): bool`, (a: Value, b: Value) => order(a, b) >= 0, comparison),
])

/** The item of a list at an index, which may be a double or a uint that is whole. */
function itemAt(list: readonly Value[], index: Value): Value | undefined {
  const at = index instanceof Uint ? Number(index.value) : Number(index)
  return Number.isInteger(at) && at >= 0 ? list[at] : undefined
}

const insist = (found: Value | undefined, what: string): Value => {
  if (found === undefined) throw new EvaluationError(what)
  return found
}

const shown = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key))

const access: readonly Overload[] = [
  overload('_[_](list(A), int): A', (list: Value[], at: bigint) => insist(itemAt(list, at), `index out of bounds: ${at}`)),
  overload('_[_](map(A, B), A): B', (map: MapValue, key: Value) => insist(map.get(key), `no such key: ${shown(key)}`)),
  overload('_[?_](list(A), int): optional(A)', (list: Value[], at: bigint) => new Optional(itemAt(list, at))),
  overload('_[?_](map(A, B), A): optional(B)', (map: MapValue, key: Value) => new Optional(map.get(key))),
  ...['_[_]', '_[?_]'].flatMap(index => [
    overload(
      `${index}(optional(list(A)), int): optional(A)`,
      ({ value }: Optional, at: bigint) => new Optional(value && itemAt(value as Value[], at)),
    ),
    overload(
      `${index}(optional(map(A, B)), A): optional(B)`,
      ({ value }: Optional, key: Value) => new Optional((value as MapValue | undefined)?.get(key)),
    ),
  ]),
  overload(
    '@in(A, list(A)): bool',
    (item: Value, list: Value[]) => list.some(each => equals(each, item)),
    ([, list]) => search([list!]),
  ),
  overload('@in(A, map(A, B)): bool', (key: Value, map: MapValue) => map.get(key) !== undefined),
]

/** What is written with signs, but for `&&`, `||` and `?:`, which do not ask for all that they are given. */
export const operators: readonly Overload[] = [
  ...arithmetic,
  ...comparisons,
  ...access,
  overload('_==_(A, A): bool', equals, comparison),
  overload('_!=_(A, A): bool', (a: Value, b: Value) => !equals(a, b), comparison),
  overload('!_(bool): bool', (a: boolean) => !a),
]
