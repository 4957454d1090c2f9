import type { Schema } from '#machinery/schema.ts'
import { itemElement } from './element.ts'
import { type FieldSet, isEmpty, joined, none } from './field-set.ts'
import { formOf, isDeclared, type Members, memberSchema } from './form.ts'

/** The fields that an object sets: what it applies. Throws Unmergeable. */
export const fieldsOf = (object: unknown, schema: Schema | undefined): FieldSet => below(object, schema, false)

/**
 * A value that came, or went, as a whole: it, and everything in it. Throws Unmergeable. (What is applied is only the
 * leaves, items of lists and keys of maps.)
 */
export const everything = (value: unknown, schema: Schema | undefined): FieldSet => joined(true, below(value, schema, true))!

function below(value: unknown, schema: Schema | undefined, every: boolean): FieldSet {
  const form = formOf(value, schema)
  if (form === 'map') return ofMembers(value as Members, schema, every)
  return form === 'list' ? ofItems(value as unknown[], schema!, every) : none
}

function ofMembers(value: Members, schema: Schema | undefined, every: boolean): FieldSet {
  const found: Record<string, FieldSet> = {}
  for (const name in value) {
    const member = value[name]
    if (member === undefined) continue
    const type = memberSchema(schema, name)
    const form = formOf(member, type)
    const fields = form === 'leaf' ? none : below(member, type, every)
    const itself = every || form === 'leaf' || !isDeclared(schema, name) || (form === 'map' && isBare(member as Members))
    const at = joined(itself, fields)
    if (at) found[`f:${name}`] = at
  }
  return found
}

function isBare(value: Members): boolean {
  for (const name in value) if (value[name] !== undefined) return false
  return true
}

/** Items that cannot be told apart are one field, and what is in them is nobody's. */
function ofItems(value: readonly unknown[], schema: Schema, every: boolean): FieldSet {
  const found: Record<string, FieldSet> = {}
  for (const item of value) {
    const element = itemElement(item, schema)
    found[element] = found[element] ? none : joined(true, below(item, schema.items, every))!
  }
  return isEmpty(found) ? none : found
}
