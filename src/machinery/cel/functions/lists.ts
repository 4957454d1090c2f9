import { equals, order } from '#machinery/cel/compare.ts'
import { int64, uint64 } from '#machinery/cel/integers.ts'
import { type Cost, type Overload, overload } from '#machinery/cel/overload.ts'
import { Duration, type EntryMap, EvaluationError, type MapValue, Uint, type Value } from '#machinery/cel/value.ts'
import { making, search, sizeOf, tenth, weightOf } from './costs.ts'

const comparable = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'timestamp', 'duration']

const sums: Readonly<Record<string, (list: never) => Value>> = {
  int: (list: bigint[]) => list.reduce((sum, each) => int64(sum + each), 0n),
  uint: (list: Uint[]) => list.reduce((sum, { value }) => uint64(sum.value + value), new Uint(0n)),
  double: (list: number[]) => list.reduce((sum, each) => sum + each, 0),
  duration: (list: Duration[]) => list.reduce((sum, { nanos }) => new Duration(int64(sum.nanos + nanos)), new Duration(0n)),
}

/** The item that comes first in an order. Throws for an empty list. */
function extreme(list: readonly Value[], name: string, sign: 1 | -1): Value {
  if (list.length === 0) throw new EvaluationError(`${name} called on empty list`)
  return list.reduce((best, item) => (sign * order(item, best) < 0 ? item : best))
}

const isSorted = (list: readonly Value[]): boolean => list.every((item, at) => at === 0 || order(list[at - 1]!, item) <= 0)
const has = (list: readonly Value[], item: Value): boolean => list.some(each => equals(each, item))

function distinct(list: readonly Value[]): Value[] {
  const found: Value[] = []
  for (const item of list) if (!has(found, item)) found.push(item)
  return found
}

function sortedBy(list: readonly Value[], keys: readonly Value[]): Value[] {
  return Array.from(list.keys())
    .sort((a, b) => order(keys[a]!, keys[b]!))
    .map(at => list[at]!)
}

function slice(list: readonly Value[], from: bigint, to: bigint): Value[] {
  if (from < 0n || to < 0n) throw new EvaluationError(`cannot slice(${from}, ${to}), negative indexes not supported`)
  if (from > to) throw new EvaluationError(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`)
  if (to > list.length) throw new EvaluationError(`cannot slice(${from}, ${to}), list is length ${list.length}`)
  return list.slice(Number(from), Number(to))
}

function flatten(list: readonly Value[], depth: bigint): Value[] {
  if (depth < 0n) throw new EvaluationError('level must be non-negative')
  return (list as readonly unknown[]).flat(Number(depth)) as Value[]
}

const wholeNew: Cost = ([list]) => making(sizeOf(list))
const everyPair: Cost = ([list]) => making(2 * sizeOf(list) * Math.max(sizeOf(list), tenth(weightOf(list))))
const eachWithEach =
  (times: number): Cost =>
  ([a, b]) =>
    1 + times * sizeOf(b) * Math.max(sizeOf(a), tenth(weightOf(a)))

/** What can be done with lists (upstream: library.Lists, and cel-go's ext.Lists, version 3, and ext.Sets). */
export const lists: readonly Overload[] = [
  ...comparable.flatMap(type => [
    overload(`list(${type}).isSorted(): bool`, isSorted, search),
    overload(`list(${type}).min(): ${type}`, (list: Value[]) => extreme(list, 'min', 1), search),
    overload(`list(${type}).max(): ${type}`, (list: Value[]) => extreme(list, 'max', -1), search),
    overload(`list(${type}).sort(): list(${type})`, (list: Value[]) => list.toSorted(order), everyPair),
    overload(`@sortedBy(list(A), list(${type})): list(A)`, sortedBy, ([, keys]) => everyPair([keys!])),
  ]),
  ...Object.entries(sums).map(([type, sum]) => overload(`list(${type}).sum(): ${type}`, sum, search)),
  overload('list(A).indexOf(A): int', (list: Value[], item: Value) => BigInt(list.findIndex(each => equals(each, item))), search),
  overload(
    'list(A).lastIndexOf(A): int',
    (list: Value[], item: Value) => BigInt(list.findLastIndex(each => equals(each, item))),
    search,
  ),
  overload('list(A).distinct(): list(A)', distinct, everyPair),
  overload('list(A).reverse(): list(A)', (list: Value[]) => list.toReversed(), wholeNew),
  overload('list(A).slice(int, int): list(A)', slice, ([, from, to]) => making(Math.max(0, Number(to) - Number(from)))),
  overload(
    'list(list(A)).flatten(): list(A)',
    (list: Value[]) => flatten(list, 1n),
    ([list]) => making(weightOf(list)),
  ),
  overload('list(dyn).flatten(int): list(dyn)', flatten, ([list, depth]) =>
    making(Math.max(weightOf(list), sizeOf(list) * Number(depth))),
  ),
  overload(
    'lists/range(int): list(int)',
    (count: bigint) => Array.from({ length: Math.max(0, Number(count)) }, (_, at) => BigInt(at)),
    ([count]) => making(Math.max(0, Number(count))),
  ),
  overload('sets/contains(list(A), list(A)): bool', (a: Value[], b: Value[]) => b.every(item => has(a, item)), eachWithEach(1)),
  overload('sets/intersects(list(A), list(A)): bool', (a: Value[], b: Value[]) => a.some(item => has(b, item)), eachWithEach(1)),
  overload(
    'sets/equivalent(list(A), list(A)): bool',
    (a: Value[], b: Value[]) => a.every(item => has(b, item)) && b.every(item => has(a, item)),
    eachWithEach(2),
  ),
]

/** What macros gather in: a list or a map that is nobody else's yet, so that it may grow in place. */
export const gathering: readonly Overload[] = [
  overload(
    '@append(list(A), A): list(A)',
    (list: Value[], item: Value) => {
      list.push(item)
      return list
    },
    () => 11,
  ),
  overload('@insert(map(A, B), A, B): map(A, B)', (map: EntryMap, key: Value, value: Value) => {
    map.insert(key, value)
    return map
  }),
  overload(
    '@insertAll(map(A, B), map(A, B)): map(A, B)',
    (map: EntryMap, more: MapValue) => {
      for (const key of more.keys()) map.insert(key, more.get(key)!)
      return map
    },
    ([, more]) => Math.max(1, sizeOf(more)),
  ),
]
