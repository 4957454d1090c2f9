import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import type { Kind } from '#api/kind.ts'
import type { Schema } from '#machinery/schema.ts'
import { type FactsFile, type FieldFact, folderOf, isNil, type TypeFact, zeroOf } from './facts.ts'

/**
 * What is known of Kubernetes' types. Files are read, and schemas made, when they are first asked for; then they are kept.
 * A type's name is its folder, version and name: `core.v1.PodSpec`.
 */
export interface Facts {
  /** The shape of a kind's objects. Kinds that belong to every group (Status, DeleteOptions) are found in any. */
  schema(kind: Identity): Schema | undefined
  /** The shape of a type. */
  typeSchema(name: string): Schema | undefined
  type(name: string): TypeFact | undefined
  /** One group and version: `core.v1`. */
  file(name: string): FactsFile | undefined
  /** The names of all files. */
  files(): readonly string[]
}

type Identity = Pick<Kind, 'group' | 'version' | 'kind'>

/** Also where this file was bundled into another one. */
const folder = join(dirname(findPackageJSON('.', import.meta.url)!), 'openapi', 'facts')

/** Opens the facts that come with this package. */
export function openFacts(): Facts {
  const files = new Map<string, FactsFile | undefined>()
  const structs = new Map<string, Schema>()
  const kinds = new WeakMap<Identity, Schema | undefined>()

  const file = (name: string): FactsFile | undefined => {
    if (!files.has(name)) {
      const path = join(folder, `${name}.json`)
      files.set(name, existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as FactsFile) : undefined)
    }
    return files.get(name)
  }

  const type = (name: string): TypeFact | undefined => {
    const at = name.lastIndexOf('.')
    const types = file(name.slice(0, at))?.types
    const own = name.slice(at + 1)
    return types && Object.hasOwn(types, own) ? types[own] : undefined
  }

  /** A struct's schema is known before its properties are, because types refer to themselves. */
  const struct = (name: string, fact: TypeFact): Schema => {
    const known = structs.get(name)
    if (known) return known
    const properties: Record<string, Schema> = Object.create(null)
    const required: string[] = []
    const schema: Schema = {
      type: 'object',
      properties,
      required,
      goType: goName(name),
      ...(fact.mapType && { mapType: fact.mapType }),
    }
    structs.set(name, schema)
    for (const field of fact.fields ?? []) {
      if (field.inline) {
        const inlined = schemaOf(field.inline)
        Object.assign(properties, inlined.properties)
        required.push(...(inlined.required ?? []))
      } else {
        properties[field.name!] = member(field)
        if (!field.optional) required.push(field.name!)
      }
    }
    return schema
  }

  const member = (field: FieldFact): Schema => {
    const zero = zeroOf(field, type)
    const value = field.default ?? zero
    return {
      ...schemaOf(field.type!),
      ...(value !== undefined && { default: value }),
      ...(zero !== undefined ? { zero } : isNil(field) && { zero: null }),
      ...(field.listType && { listType: field.listType }),
      ...(field.listMapKeys && { listMapKeys: field.listMapKeys }),
      ...(field.mapType && { mapType: field.mapType }),
      ...(field.patchStrategy && { patchStrategy: field.patchStrategy.split(',') as NonNullable<Schema['patchStrategy']> }),
      ...(field.patchMergeKey && { patchMergeKey: field.patchMergeKey }),
    }
  }

  /** The schema of what stands for a type in a field: `[]core.v1.Container`. */
  const schemaOf = (text: string): Schema => {
    if (text.startsWith('[]')) return { type: 'array', items: schemaOf(text.slice(2)) }
    if (text.startsWith('{}')) return { type: 'object', additionalProperties: schemaOf(text.slice(2)) }
    if (scalars[text]) return scalars[text]
    const fact = type(text)
    if (!fact) throw new Error(`openapi/facts speaks of ${text} but does not say what it is`)
    if (!fact.is) return struct(text, fact)
    const schema = schemaOf(fact.is)
    // An alias of a struct keeps the struct's own name in Go's messages; nothing else does.
    return { ...schema, ...(!schema.properties && { goType: goName(text) }), ...(fact.enum && { enum: fact.enum }) }
  }

  const typeSchema = (name: string): Schema | undefined => (type(name) ? schemaOf(name) : undefined)

  const kindSchema = ({ group, version, kind }: Identity): Schema | undefined =>
    typeSchema(`${folderOf(group)}.${version}.${kind}`) ?? typeSchema(`meta.v1.${kind}`)

  return {
    file,
    type,
    typeSchema,
    files: () =>
      readdirSync(folder)
        .map(name => name.replace(/\.json$/, ''))
        .sort(),
    // Asked several times for each request, nearly always of one of the kinds that there are.
    schema(kind) {
      if (!kinds.has(kind)) kinds.set(kind, kindSchema(kind))
      return kinds.get(kind)
    },
  }
}

/** `v1.PodSpec` */
const goName = (name: string): string => name.slice(name.indexOf('.') + 1)

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  float: { type: 'number', format: 'float' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time', goType: 'v1.Time' },
  microTime: { type: 'string', format: 'date-time', goType: 'v1.MicroTime' },
  duration: { type: 'string', goType: 'v1.Duration' },
  quantity: { type: 'string', format: 'quantity', goType: 'resource.Quantity' },
  intOrString: { intOrString: true, format: 'int-or-string', goType: 'intstr.IntOrString' },
  rawExtension: { type: 'object', preserveUnknown: true, mapType: 'atomic', goType: 'runtime.RawExtension' },
  fields: { type: 'object', preserveUnknown: true, goType: 'v1.FieldsV1' },
  any: { preserveUnknown: true },
}
