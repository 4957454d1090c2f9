import { clone, isRecord } from './clone.ts'
import type { Schema } from './schema.ts'

/** Fills in, in place, what a schema says is there when the client says nothing. Defaults of defaults too. */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(item, schema.items)
  } else if (isRecord(value)) {
    if (schema.properties) applyToProperties(value, concernedOf(schema.properties))
    if (schema.additionalProperties) applyToOthers(value, schema, schema.additionalProperties)
  }
}

type Properties = Readonly<Record<string, Schema>>
type Concerned = readonly (readonly [name: string, property: Schema])[]

const concerned = new WeakMap<Properties, Concerned>()

/** The properties that have a default, or may have one below them: few of many, so they are found once. */
function concernedOf(properties: Properties): Concerned {
  let found = concerned.get(properties)
  if (!found) {
    found = Object.entries(properties).filter(([, property]) => property.default !== undefined || isNested(property))
    concerned.set(properties, found)
  }
  return found
}

const isNested = ({ properties, items, additionalProperties }: Schema): boolean =>
  properties !== undefined || (items && isNested(items)) || (additionalProperties && isNested(additionalProperties)) || false

function applyToProperties(value: Record<string, unknown>, properties: Concerned): void {
  for (const [name, property] of properties) {
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
