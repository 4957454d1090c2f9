import { bool, bytes, double, dyn, int, list, map, object, string, type Type, timestamp } from './type.ts'

/** What is read of a schema in an OpenAPI v3 document. */
export interface OpenApiSchema {
  readonly $ref?: string
  readonly allOf?: readonly OpenApiSchema[]
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly items?: OpenApiSchema
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string
    readonly version: string
    readonly kind: string
  }[]
}

export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> }
}

/** The type of a kind's objects, as a document has it (upstream: SchemaDeclType in apiserver/pkg/cel/common). Nothing, if it is not in there. */
export function typeOfKind(
  { components: { schemas = {} } = {} }: OpenApiDocument,
  wanted: { readonly group: string; readonly version: string; readonly kind: string },
): Type | undefined {
  const known = new Map<string, Type>()
  const found = Object.entries(schemas).find(([, schema]) =>
    schema['x-kubernetes-group-version-kind']?.some(
      ({ group, version, kind }) => group === wanted.group && version === wanted.version && kind === wanted.kind,
    ),
  )
  return found && named(found[0])

  /** Types refer to themselves: what has a name is made once, and its fields when they are asked for. */
  function named(name: string): Type {
    let type = known.get(name)
    if (!type) known.set(name, (type = Object.hasOwn(schemas, name) ? typeOf(schemas[name]!, name) : dyn))
    return type
  }

  function typeOf(schema: OpenApiSchema, name: string): Type {
    const { $ref, allOf, type, format, properties, items, additionalProperties } = schema
    if ($ref) return named($ref.slice($ref.lastIndexOf('/') + 1))
    if (allOf?.length === 1) return typeOf(allOf[0]!, name)
    switch (type) {
      case 'array':
        return items ? list(typeOf(items, `${name}.item`)) : dyn
      case 'object':
        if (typeof additionalProperties === 'object') return map(string, typeOf(additionalProperties, `${name}.value`))
        return properties ? object(name, lazily(properties, name)) : dyn
      case 'string':
        return format === 'byte' ? bytes : format === 'date-time' ? timestamp : format === 'int-or-string' ? dyn : string
      case 'boolean':
        return bool
      case 'integer':
        return int
      case 'number':
        return double
      default:
        return dyn
    }
  }

  function lazily(properties: Readonly<Record<string, OpenApiSchema>>, name: string): Readonly<Record<string, Type>> {
    const fields = {}
    for (const [field, schema] of Object.entries(properties))
      Object.defineProperty(fields, field, { enumerable: true, get: () => typeOf(schema, `${name}.${field}`) })
    return fields
  }
}
