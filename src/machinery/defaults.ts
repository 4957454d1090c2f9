import { clone, isRecord } from './clone.ts'
import type { Schema } from './schema.ts'

/** Fills in, in place, what a schema says is there when the client says nothing. Defaults of defaults too. */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(item, schema.items)
  } else if (isRecord(value)) {
    if (schema.properties) applyToProperties(value, schema.properties)
    if (schema.additionalProperties) applyToOthers(value, schema, schema.additionalProperties)
  }
}

function applyToProperties(value: Record<string, unknown>, properties: Readonly<Record<string, Schema>>): void {
  for (const name in properties) {
    const property = properties[name]!
    if (!Object.hasOwn(value, name) || value[name] === undefined) {
      if (property.default === undefined) continue
      value[name] = clone(property.default)
    }
    const member = value[name]
    if (typeof member === 'object' && member !== null) applyDefaults(member, property)
  }
}

function applyToOthers(value: Record<string, unknown>, schema: Schema, others: Schema): void {
  for (const name of Object.keys(value)) {
    if (schema.properties && name in schema.properties) continue
    applyDefaults(value[name], others)
  }
}
