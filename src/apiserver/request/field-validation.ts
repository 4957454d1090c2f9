import type { StatusError } from '#api/status.ts'
import { conform, strictError } from '#machinery/fields.ts'
import type { Schema } from '#machinery/schema.ts'

/** `?fieldValidation=`: what becomes of fields that a kind does not have, and of fields that come twice. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

/** How strictly a value is brought into shape, and what is said if it does not fit. */
export interface Shaping {
  readonly fieldValidation: FieldValidation
  /** What the reader of the text found: fields that came twice. */
  readonly duplicates: readonly string[]
  /** Brings all there is to say into the order in which it is said; left out: duplicates first. */
  inOrder?(problems: readonly string[]): readonly string[]
  warn(message: string): void
  refusal(why: string): StatusError
}

/**
 * Brings a decoded value into a kind's shape, in place: known fields only, each of its type. Warns of unknown and double
 * fields, or refuses them, or is silent, as the client asked. Where no shape is known, any will do.
 */
export function shape(
  value: unknown,
  schema: Schema | undefined,
  { fieldValidation, duplicates, inOrder, warn, refusal }: Shaping,
): void {
  const { unknown, error } = schema ? conform(value, schema) : { unknown: [] }
  if (error !== undefined) throw refusal(error)
  const found = [...duplicates, ...unknown]
  if (found.length === 0 || fieldValidation === 'Ignore') return
  const problems = inOrder?.(found) ?? found
  if (fieldValidation === 'Strict') throw refusal(strictError(problems))
  for (const problem of problems) warn(problem)
}
