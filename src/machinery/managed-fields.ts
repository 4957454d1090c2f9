import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, notSupported, required, tooLong } from './causes.ts'

/** How long the name of a field manager may be, in bytes. */
export const longestManager = 128

const longestSubresource = 256

/** What Go does not print. */
export const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** What is wrong with the name of a field manager. */
export function* validateManager(name: string, path: string): Generator<Cause> {
  if (Buffer.byteLength(name) > longestManager) yield tooLong(path, longestManager)
  if (!unprintable.test(name)) return
  let position = 0
  for (const character of name) {
    if (unprintable.test(character)) {
      const point = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
      yield invalidValue(path, name, `invalid character ${point} (at position ${position})`)
    }
    position += Buffer.byteLength(character)
  }
}

/** What is wrong with metadata.managedFields, other than that it cannot be read. */
export function* validateManagedFields(entries: readonly ManagedFieldsEntry[], path: string): Generator<Cause> {
  for (const [index, { operation, fieldsType, manager = '', subresource = '' }] of entries.entries()) {
    const at = `${path}[${index}]`
    if (!operation) yield required(`${at}.operation`, 'must not be empty')
    else if (operation !== 'Apply' && operation !== 'Update')
      yield notSupported(`${at}.operation`, operation, ['Apply', 'Update'])
    if (fieldsType && fieldsType !== 'FieldsV1') yield invalidValue(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`')
    yield* validateManager(manager, `${at}.manager`)
    if (Buffer.byteLength(subresource) > longestSubresource) yield tooLong(`${at}.subresource`, longestSubresource)
  }
}
