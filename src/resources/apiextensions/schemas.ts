import type { JSONSchemaProps } from '#api/apiextensions/v1.ts'
import { isRecord } from '#machinery/clone.ts'

/** A schema where one may be, and not a list or a truth. */
export const asSchema = (value: unknown): JSONSchemaProps | undefined =>
  isRecord(value) ? (value as JSONSchemaProps) : undefined

/** A schema and all the schemas in it. */
export function* subschemas(schema: JSONSchemaProps | undefined): Generator<JSONSchemaProps> {
  if (!schema) return
  yield schema
  for (const [, child] of children(schema)) yield* subschemas(child)
}

/** The schemas right below one, each with its path below it. */
export function* children(schema: JSONSchemaProps): Generator<readonly [path: string, schema: JSONSchemaProps]> {
  const single = ['additionalProperties', 'not', 'items', 'additionalItems'] as const
  for (const member of single) {
    const child = asSchema(schema[member])
    if (child) yield [member, child]
  }
  for (const member of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [index, child] of (schema[member] ?? []).entries()) yield [`${member}[${index}]`, child]
  if (Array.isArray(schema.items))
    for (const [index, child] of schema.items.entries()) yield [`items[${index}]`, asSchema(child) ?? {}]
  for (const member of ['properties', 'patternProperties', 'definitions', 'dependencies'] as const)
    for (const [key, value] of Object.entries(schema[member] ?? {})) {
      const child = asSchema(value)
      if (child) yield [`${member}[${key}]`, child]
    }
}
