import type { Schema } from '#machinery/schema.ts'
import type { Members } from './form.ts'

/** The object that nobody has said anything of, as Go has it: against it, what a create says is what it changes. */
export const emptyObject = (apiVersion: string, schema: Schema | undefined): Members => ({ ...emptyStruct(schema), apiVersion })

function emptyStruct(schema: Schema | undefined): Members {
  const known = schema && emptyObjects.get(schema)
  if (known) return known
  const made: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema?.properties ?? {}))
    if (property.zero !== undefined) made[name] = property.properties ? emptyStruct(property) : property.zero
  if (schema) emptyObjects.set(schema, made)
  return made
}

const emptyObjects = new WeakMap<Schema, Members>()
