import type { Schema } from '#machinery/schema.ts'
import { bare, type FieldSet, isEmpty, isMember, joined, none } from './field-set.ts'
import { isAtomic, isDeclared, memberSchema } from './form.ts'

/** A set together with the fields of structs that it has something below of: they go when all in them goes. */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const element in set) {
    const at = set[element]!
    if (element === '.') out[element] = at
    else if (element[0] === 'f') {
      const name = element.slice(2)
      out[element] = joined(isMember(at) || isDeclared(schema, name), bare(withNamedFields(at, memberSchema(schema, name))))!
    } else out[element] = withNamedFields(at, element[0] === 'k' ? schema?.items : undefined)
  }
  return out
}

/** A set as it must be where the schema has since made one value of what used to be many fields; itself, where nothing changed. */
export function withSchema(set: FieldSet, schema: Schema | undefined): FieldSet {
  if (!schema) return set
  let out: Record<string, FieldSet> | undefined
  for (const element in set) {
    if (element === '.') continue
    const at = set[element]!
    const found = atField(at, element[0] === 'f' ? memberSchema(schema, element.slice(2)) : schema.items)
    if (found !== at) (out ??= { ...set })[element] = found
  }
  return out ?? set
}

const atField = (at: FieldSet, schema: Schema | undefined): FieldSet =>
  isEmpty(at) ? at : schema && isAtomic(schema) ? none : withSchema(at, schema)
