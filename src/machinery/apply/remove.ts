import { put } from '#machinery/clone.ts'
import type { Schema } from '#machinery/schema.ts'
import { itemElement } from './element.ts'
import { type FieldSet, isMember } from './field-set.ts'
import { formOf, type Members, memberSchema } from './form.ts'

/** An object without the members and items of a set. What is left empty becomes null. Shares parts with the object. */
export const remove = (object: Members, fields: FieldSet, schema: Schema | undefined): Members =>
  (removed(object, fields, schema) ?? {}) as Members

function removed(value: unknown, fields: FieldSet, schema: Schema | undefined): unknown {
  const form = formOf(value, schema)
  if (form === 'map') return removedMembers(value as Members, fields, schema)
  if (form === 'list') return removedItems(value as unknown[], fields, schema!)
  return typeof value === 'object' ? null : value
}

function removedMembers(value: Members, fields: FieldSet, schema: Schema | undefined): Members | null {
  const left: Record<string, unknown> = {}
  for (const name in value) {
    const at = fields[`f:${name}`]
    if (at && isMember(at)) continue
    put(left, name, at ? removed(value[name], at, memberSchema(schema, name)) : value[name])
  }
  return Object.keys(left).length > 0 ? left : null
}

function removedItems(value: readonly unknown[], fields: FieldSet, schema: Schema): unknown[] | null {
  const left: unknown[] = []
  for (const item of value) {
    const at = fields[itemElement(item, schema)]
    if (!at) left.push(item)
    else if (!isMember(at)) left.push(removed(item, at, schema.items))
  }
  return left.length > 0 ? left : null
}
