import type { Cause, CauseReason } from '#api/status.ts'

/*
 * One constructor for each way a field can be wrong, in the words of upstream's field errors.
 * `path` is the field as messages print it: `spec.containers[0].name`, `metadata.labels[app]`.
 */

/** Something that must be there is not (or is empty). */
export const required = (path: string, detail = ''): Cause => cause('FieldValueRequired', path, 'Required value', detail)

/** The value is malformed or out of bounds; `detail` says what it must be. */
export const invalidValue = (path: string, value: unknown, detail: string): Cause =>
  cause('FieldValueInvalid', path, `Invalid value: ${show(value)}`, detail)

/** As invalidValue, where the message does not repeat the value. */
export const invalidUnshown = (path: string, detail: string): Cause => cause('FieldValueInvalid', path, 'Invalid value', detail)

/** An invalidValue for each sentence, as the checks of names.ts return them. */
export function* invalidEach(path: string, value: unknown, details: Iterable<string>): Generator<Cause> {
  for (const detail of details) yield invalidValue(path, value, detail)
}

/** The value is of another type than the field. */
export const typeInvalid = (path: string, value: unknown, detail: string): Cause =>
  cause('FieldValueTypeInvalid', path, `Invalid value: ${show(value)}`, detail)

/** The value is none of those the field may have. */
export const notSupported = (path: string, value: unknown, supported: readonly string[]): Cause => {
  const list = supported.map(quote).join(', ')
  return cause('FieldValueNotSupported', path, `Unsupported value: ${show(value)}`, list && `supported values: ${list}`)
}

/** The value would be right elsewhere, but not here and now. */
export const forbidden = (path: string, detail: string): Cause => cause('FieldValueForbidden', path, 'Forbidden', detail)

/** The value occurs twice where each may occur once. */
export const duplicate = (path: string, value: unknown, detail = ''): Cause =>
  cause('FieldValueDuplicate', path, `Duplicate value: ${show(value)}`, detail)

/** The value names something that does not exist. */
export const notFound = (path: string, value: unknown, detail = ''): Cause =>
  cause('FieldValueNotFound', path, `Not found: ${show(value)}`, detail)

/** The value has more bytes than it may. */
export const tooLong = (path: string, maxBytes: number): Cause =>
  cause('FieldValueTooLong', path, 'Too long', `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`)

/** The value has more characters than it may. */
export const tooLongCharacters = (path: string, max: number): Cause =>
  cause('FieldValueTooLong', path, 'Too long', `may not be more than ${max} ${max === 1 ? 'character' : 'characters'}`)

/** The list has more items than it may. */
export const tooMany = (path: string, actual: number, max: number): Cause =>
  cause('FieldValueTooMany', path, `Too many: ${actual}`, `must have at most ${max} ${max === 1 ? 'item' : 'items'}`)

const cause = (reason: CauseReason, field: string, problem: string, detail: string): Cause => ({
  reason,
  message: detail ? `${problem}: ${detail}` : problem,
  field,
})

/** A value as messages print it: text quoted, objects and lists as JSON. */
const show = (value: unknown): string => {
  if (typeof value === 'string') return quote(value)
  return (JSON.stringify(value) ?? 'null').replace(/[<>&]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** Text in quotes as Go's `%q` prints it. */
export const quote = (text: string): string =>
  JSON.stringify(text.toWellFormed())
    .replace(/\\u00(..)/g, (_, code: string) => (code === '07' ? '\\a' : code === '0b' ? '\\v' : `\\x${code}`))
    .replaceAll('\x7f', '\\x7f')
