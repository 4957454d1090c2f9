import { badRequest } from '#api/status.ts'
import { isRecord, put } from '#machinery/clone.ts'
import type { Schema } from '#machinery/schema.ts'

export type Members = Readonly<Record<string, unknown>>

/** The member of a patch that says what to do with the object it stands in: replace, delete or merge. */
export const marker = '$patch'

/** Whether a key is a directive about a member: `$setElementOrder/containers`. Without the slash it is a malformed one. */
export const isDirective = (key: string, name: '$setElementOrder' | '$deleteFromPrimitiveList'): boolean => key.startsWith(name)

/** The schema of a member, of a struct or of a map. */
export const memberOf = (schema: Schema | undefined, key: string): Schema | undefined =>
  schema?.properties?.[key] ?? schema?.additionalProperties

/** The members that may stay, as `$retainKeys` lists them; undefined if all may. Throws if the patch sets others. */
export function retainKeys(patch: Members): Set<unknown> | undefined {
  if (!Object.hasOwn(patch, '$retainKeys')) return undefined
  const list = patch.$retainKeys
  const retained = new Set(Array.isArray(list) ? list : [])
  const isStray = (key: string): boolean =>
    key !== '$retainKeys' &&
    patch[key] !== null &&
    !isDirective(key, '$setElementOrder') &&
    !isDirective(key, '$deleteFromPrimitiveList') &&
    !retained.has(key)
  if (!Array.isArray(list) || Object.keys(patch).some(isStray)) throw badRequest('invalid patch format of retainKeys')
  return retained
}

/** A piece of a patch for which there is no original: without nulls and directives. Undefined if a directive is all it was. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare).filter(item => item !== undefined)
  if (!isRecord(value)) return value
  if (Object.hasOwn(value, marker)) return undefined
  const rest = {}
  for (const key of Object.keys(value)) {
    if (value[key] === null) continue
    const member = bare(value[key])
    if (member !== undefined) put(rest, key, member)
  }
  return rest
}

/** A value as Go's `%v` prints it in messages: `map[image:nginx ports:[80 81]]`. */
export function printed(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (!isRecord(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value)
  const members = Object.keys(value).sort()
  return `map[${members.map(key => `${key}:${printed(value[key])}`).join(' ')}]`
}
