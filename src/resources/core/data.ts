import type { Cause } from '#api/status.ts'
import { forbidden } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'

/** How much a ConfigMap or a Secret may hold. */
export const maxDataBytes = 1024 * 1024

/** How many bytes values in base64 stand for. */
export const dataBytes = (data: Readonly<Record<string, string>>): number =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)

/** Checks that what was declared immutable is left alone. */
export function* validateFrozen<T extends { immutable?: boolean }>(
  object: T,
  before: T,
  fields: readonly (keyof T & string)[],
): Generator<Cause> {
  if (!before.immutable) return
  const detail = 'field is immutable when `immutable` is set'
  if (!object.immutable) yield forbidden('immutable', detail)
  for (const field of fields) if (!equal(object[field] ?? {}, before[field] ?? {})) yield forbidden(field, detail)
}
