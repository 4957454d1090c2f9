import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { type NameCheck, percent } from '#machinery/names.ts'

/*
 * The checks that kinds share. Each yields what is wrong, so that they compose by `yield*`.
 * A field that Go would send as its zero value may be missing here, so every check takes undefined.
 */

/** Checks the items of a list, each under its own path. */
export function* each<T>(
  items: readonly T[] | undefined,
  path: string,
  check: (item: T, path: string, index: number) => Iterable<Cause>,
): Generator<Cause> {
  if (items) for (let index = 0; index < items.length; index++) yield* check(items[index]!, `${path}[${index}]`, index)
}

/** A field that must be there and be one of a few words. `supported` is listed in the message as given. */
export function* oneOf(value: string | undefined, path: string, supported: readonly string[]): Generator<Cause> {
  if (!value) yield required(path)
  else if (!supported.includes(value)) yield notSupported(path, value, supported)
}

/** As oneOf, for a field that may be missing. */
export function* oneOfIfSet(value: string | undefined, path: string, supported: readonly string[]): Generator<Cause> {
  if (value !== undefined && !supported.includes(value)) yield notSupported(path, value, supported)
}

/** Fields that must be there and hold something. */
export function* requiredEach<T extends object>(
  object: T,
  path: string,
  fields: readonly (keyof T & string)[],
): Generator<Cause> {
  for (const field of fields) {
    const value = object[field] as unknown
    if (!value || (Array.isArray(value) && value.length === 0)) yield required(`${path}.${field}`)
  }
}

/** A number that is not below 0, if it is there. */
export function* nonNegative(value: number | undefined, path: string): Generator<Cause> {
  if (value !== undefined && value < 0) yield invalidValue(path, value, 'must be greater than or equal to 0')
}

/** The same for several fields of one object. */
export function* nonNegatives<T extends object>(
  object: T,
  path: string,
  fields: readonly (keyof T & string)[],
): Generator<Cause> {
  for (const field of fields) yield* nonNegative(object[field] as number | undefined, `${path}.${field}`)
}

/** A name that must be there and be well formed. */
export function* named(value: string | undefined, path: string, check: NameCheck): Generator<Cause> {
  if (!value) yield required(path)
  else yield* invalidEach(path, value, check(value))
}

/** A name that must be well formed if it is there. */
export function* namedIfSet(value: string | undefined, path: string, check: NameCheck): Generator<Cause> {
  if (value) yield* invalidEach(path, value, check(value))
}

/** A count or a percentage, neither below 0. */
export function* intOrPercent(value: number | string, path: string): Generator<Cause> {
  if (typeof value === 'number') yield* nonNegative(value, path)
  else yield* invalidEach(path, value, percent(value))
}

/** A percentage that is not above 100; counts may be anything. */
export function* atMost100Percent(value: number | string, path: string): Generator<Cause> {
  if (typeof value === 'string' && !percent(value).length && parseInt(value, 10) > 100) {
    yield invalidValue(path, value, 'must not be greater than 100%')
  }
}

/** Whether a count or percentage is none at all. */
export const isZero = (value: number | string | undefined): boolean => value === undefined || parseInt(String(value), 10) === 0

/** Names that may be anything that can stand in a URL: RBAC's, and references to kinds. */
export const pathSegment: NameCheck = value => {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter(part => value.includes(part)).map(part => `may not contain '${part}'`)
}
