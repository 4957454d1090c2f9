/*
 * The order of a merged list: items that the patch speaks of stand in the order of the patch, the others in that of the
 * original, and between the two the original's order decides as far as it knows both.
 */

/** A merged list in the order that patch and original ask for. `keyOf` tells its items apart. */
export function inOrder(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): unknown[] {
  const wantedAt = positions(wanted, keyOf)
  const beforeAt = positions(before, keyOf)
  const by =
    (order: ReadonlyMap<unknown, number>) =>
    (a: unknown, b: unknown): number =>
      (order.get(keyOf(a)) ?? 0) - (order.get(keyOf(b)) ?? 0)
  const asked = merged.filter(item => wantedAt.has(keyOf(item))).sort(by(wantedAt))
  const others = merged.filter(item => !wantedAt.has(keyOf(item))).sort(by(beforeAt))
  return zip(others, asked, item => beforeAt.get(keyOf(item)))
}

/** The scalars of both lists, each once. */
export const mergeScalars = (before: readonly unknown[], change: readonly unknown[]): unknown[] =>
  inOrder([...new Set([...before, ...change])], change, before, item => item)

/** A list of scalars without some of them. */
export function scalarsWithout(list: readonly unknown[], values: readonly unknown[]): unknown[] {
  const gone = new Set(values)
  return list.filter(item => !gone.has(item))
}

const positions = (list: readonly unknown[], keyOf: (item: unknown) => unknown): ReadonlyMap<unknown, number> => {
  const at = new Map<unknown, number>()
  for (const [i, item] of list.entries()) if (!at.has(keyOf(item))) at.set(keyOf(item), i)
  return at
}

/** Two sorted lists as one. An item of `others` goes first only if the original had it before the next that was asked for. */
function zip(others: readonly unknown[], asked: readonly unknown[], position: (item: unknown) => number | undefined): unknown[] {
  const all: unknown[] = []
  let i = 0
  for (const item of asked) {
    const limit = position(item)
    while (limit !== undefined && i < others.length && (position(others[i]) ?? limit) < limit) all.push(others[i++])
    all.push(item)
  }
  return [...all, ...others.slice(i)]
}
