import type { Cause } from '#api/status.ts'
import { duplicate, tooMany } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'

type Check<T> = (item: T, path: string, index: number) => Iterable<Cause>

/** Checks the items of a list that may not be too long: if it is, nothing else is looked at. */
export function* atMost<T>(most: number, items: readonly T[] | undefined, path: string, check: Check<T>): Generator<Cause> {
  if (items && items.length > most) yield tooMany(path, items.length, most)
  else yield* each(items, path, check)
}

/** The same, where no two items may have the same key. */
export function* distinct<T>(
  most: number,
  items: readonly T[] | undefined,
  path: string,
  check: Check<T>,
  keyOf: (item: T) => string | undefined,
): Generator<Cause> {
  yield* atMost(most, items, path, check)
  if (!items || items.length > most) return
  const keys = items.map(keyOf)
  for (const [index, key] of keys.entries()) if (keys.indexOf(key) < index) yield duplicate(`${path}[${index}]`, key ?? '')
}

/** Checks keys and values of a map. Keys are complained about under the map's own path, as upstream does. */
export function* entriesOf<T>(
  most: number,
  map: Readonly<Record<string, T>> | undefined,
  path: string,
  checkKey: (key: string, path: string) => Iterable<Cause>,
  check: (value: T, path: string) => Iterable<Cause>,
): Generator<Cause> {
  const entries = Object.entries(map ?? {})
  if (entries.length > most) {
    yield tooMany(path, entries.length, most)
    return
  }
  for (const [key, value] of entries) {
    yield* checkKey(key, path)
    yield* check(value, `${path}[${key}]`)
  }
}
