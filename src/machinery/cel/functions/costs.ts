import type { Cost } from '#machinery/cel/overload.ts'
import { MapValue, Optional, type Value } from '#machinery/cel/value.ts'

/** How long a value is: characters, bytes, items, entries; 1 for what has no length. */
export function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value)) return value.length
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value)
  return value instanceof MapValue ? value.size : 1
}

/** What it costs to go through so much: a tenth of a unit each (upstream: StringTraversalCostFactor). */
export const tenth = (size: number): number => Math.ceil(size * 0.1)

/** To go once, or so often, through the first of what is given. */
export const through =
  (times = 1): Cost =>
  ([value]) =>
    tenth(sizeOf(value) * times)

/**
 * To find a text in another. Upstream's price for all but `contains` is that of going through it once, but JavaScript's search may begin
 * anew at every character.
 */
export const finding =
  (times = 1): Cost =>
  ([text, part]) =>
    Math.max(tenth(sizeOf(text) * times), tenth(sizeOf(text)) * tenth(sizeOf(part)))

/** What counts as one step, unless it is very long. */
export const glance: Cost = ([value]) => (typeof value === 'string' ? Math.max(1, Math.ceil(value.length / 100)) : 1)

/** More than any budget has. */
const unpayable = 20_000_000

/**
 * How much there is to look at in a value, with all that lies within. Upstream counts only the top, but lists of lists of lists that
 * share their items are cheaply made and take for ever to compare.
 */
export function weightOf(value: Value | undefined, most = unpayable): number {
  let weight = 0
  const open = [value]
  while (open.length > 0 && weight < most) {
    const next = open.pop()
    weight += typeof next === 'string' ? Math.max(1, tenth(next.length)) : 1
    if (Array.isArray(next)) for (const item of next) open.push(item)
    else if (next instanceof MapValue) for (const key of next.keys()) open.push(next.get(key))
    else if (next instanceof Optional) open.push(next.value)
  }
  return weight
}

/** To compare two values: the smaller of them. */
export const comparison: Cost = ([a, b]) => {
  if (typeof a === 'string' || a instanceof Uint8Array) return tenth(Math.min(sizeOf(a), sizeOf(b)))
  return tenth(weightOf(b, weightOf(a)))
}

/** To look for something in a list: at each of its items, and as deep as need be. */
export const search: Cost = ([list]) => Math.max(sizeOf(list), tenth(weightOf(list)))

/** To make a list of so many items (upstream: trackAllocatingListCall). */
export const making = (items: number): number => 11 + Math.floor(items)
