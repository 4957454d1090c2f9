import type { KubeObject } from '#api/object.ts'
import type { Ordered } from './keys.ts'
import type { Item } from './news.ts'
import type { Past } from './past.ts'

/** Which ids are meant: from `start` up to, but not including, `end`; at most `limit` of them. */
export interface Stretch {
  readonly start: string
  readonly end: string
  readonly limit: number
}

/**
 * A stretch as it was at a revision that the past reaches back to, and how many items lay behind it there: the present, with
 * what has happened since taken back. So nothing is kept for the pages of a list, however many clients read one.
 */
export function stretchThen<T extends KubeObject>(
  { order, items, past }: { readonly order: Ordered; readonly items: ReadonlyMap<string, Item<T>>; readonly past: Past<T> },
  revision: number,
  { start, end, limit }: Stretch,
): { readonly items: readonly Item<T>[]; readonly remaining: number } {
  const then = new Map<string, Item<T> | undefined>()
  for (let number = past.after(revision); number < past.next; number++) {
    const { id, before } = past.at(number)
    if (start <= id && id < end && !then.has(id)) then.set(id, before)
  }
  const gone = [...then.keys()].filter(id => then.get(id) && !items.has(id)).sort((a, b) => (a < b ? -1 : 1))
  let all = order.count(start, end) + gone.length
  for (const [id, before] of then) if (!before && items.has(id)) all--
  const found: Item<T>[] = []
  for (const id of inTurn(order.between(start, end), gone)) {
    if (found.length >= limit) break
    const item = then.has(id) ? then.get(id) : items.get(id)
    if (item) found.push(item)
  }
  return { items: found, remaining: all - found.length }
}

/** Two rows of ordered texts as one. */
function* inTurn(first: Iterable<string>, second: readonly string[]): Generator<string> {
  let at = 0
  for (const text of first) {
    while (at < second.length && second[at]! < text) yield second[at++]!
    yield text
  }
  yield* second.slice(at)
}
