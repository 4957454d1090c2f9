import type { OpenAPIV3 } from 'openapi-types'
import type { Describe } from './descriptions.ts'
import { type FieldFact, type TypeFact, zeroOf } from './facts.ts'
import type { Facts } from './schemas.ts'

/** A schema with Kubernetes' extensions, in the form that v2 and v3 share. */
export type Model = Omit<OpenAPIV3.NonArraySchemaObject, 'type' | 'properties' | 'items' | 'allOf' | 'additionalProperties'> & {
  $ref?: string
  type?: string
  allOf?: Model[]
  items?: Model
  additionalProperties?: Model
  properties?: Record<string, Model>
  [extension: `x-kubernetes-${string}`]: unknown
}

/** Where v2 and v3 differ: the place of models, and whether a reference may have neighbours (and models have defaults). */
export interface Dialect {
  readonly place: '#/definitions/' | '#/components/schemas/'
  readonly version: 2 | 3
}

/** Types that have a model of their own although they are no structs. */
const special: Readonly<Record<string, readonly [name: string, model: Model, v3?: Model]>> = {
  time: ['io.k8s.apimachinery.pkg.apis.meta.v1.Time', { type: 'string', format: 'date-time' }],
  microTime: ['io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime', { type: 'string', format: 'date-time' }],
  quantity: [
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    { type: 'string' },
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
  ],
  intOrString: [
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { type: 'string', format: 'int-or-string' },
    { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  ],
  rawExtension: ['io.k8s.apimachinery.pkg.runtime.RawExtension', { type: 'object' }],
  fields: ['io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1', { type: 'object' }],
}

const scalars: Readonly<Record<string, Model>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  float: { type: 'number', format: 'float' },
  bytes: { type: 'string', format: 'byte' },
  duration: { type: 'string' },
  any: {},
}

/** client-node leaves out what is said of a field that refers to a model; these three every kind has. */
const usual: Readonly<Record<string, string>> = {
  metadata: 'Names the object and says what belongs to it: labels, annotations, owners.',
  spec: 'What is wanted.',
  status: 'What is, as the system sees it.',
}

/** The models of one document: those that were referred to, and those that these refer to. */
export class Models {
  readonly #facts: Facts
  readonly #describe: Describe
  readonly #place: string
  readonly #v3: boolean
  readonly #made = new Map<string, Model>()

  constructor(facts: Facts, describe: Describe, { place, version }: Dialect) {
    this.#facts = facts
    this.#describe = describe
    this.#place = place
    this.#v3 = version === 3
  }

  /** Every model of the document, by name. */
  get all(): Record<string, Model> {
    return Object.fromEntries([...this.#made].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** A reference to a type's model, which from now on is part of the document. */
  ref(type: string): Model {
    const known = special[type]
    const name = known?.[0] ?? this.#nameOf(type)
    if (!this.#made.has(name)) {
      if (known) this.#made.set(name, (this.#v3 && known[2]) || known[1])
      else this.#make(name, type)
    }
    return { $ref: this.#place + name }
  }

  #nameOf(type: string): string {
    const at = type.lastIndexOf('.')
    return `${this.#facts.file(type.slice(0, at))?.model}${type.slice(at)}`
  }

  #make(name: string, type: string): void {
    const fact = this.#facts.type(type)
    const { text, fields } = this.#describe(type)
    const model: Model = { ...(text && { description: text }) }
    this.#made.set(name, model)
    if (!fact || fact.is) return
    const properties: Record<string, Model> = {}
    const required: string[] = []
    this.#fill(properties, required, fact, fields)
    // `Patch` has no fields at all.
    if (Object.keys(properties).length > 0)
      model.properties = Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (required.length > 0) model.required = required
    model.type = 'object'
    if (fact.mapType) model['x-kubernetes-map-type'] = fact.mapType
    if (fact.fields?.some(({ inline }) => inline === 'meta.v1.TypeMeta'))
      model['x-kubernetes-group-version-kind'] = [this.#identity(type)]
  }

  #fill(properties: Record<string, Model>, required: string[], fact: TypeFact, descriptions: ReadonlyMap<string, string>): void {
    for (const field of fact.fields ?? []) {
      if (field.inline) {
        this.#fill(properties, required, this.#struct(field.inline), descriptions)
      } else {
        properties[field.name!] = this.#property(
          field,
          descriptions.get(field.name!) ?? (this.#facts.type(field.type!)?.fields && usual[field.name!]),
        )
        if (!field.optional) required.push(field.name!)
      }
    }
  }

  #struct(type: string): TypeFact {
    const fact = this.#facts.type(type) ?? {}
    return fact.is ? this.#struct(fact.is) : fact
  }

  #property(field: FieldFact, description: string | undefined): Model {
    const value = this.#v3 ? (field.default ?? zeroOf(field, this.#facts.type)) : undefined
    return this.#beside(this.#value(field.type!), {
      ...(description && { description }),
      ...(value !== undefined && { default: value as OpenAPIV3.SchemaObject['default'] }),
      ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
      ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
      ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
      ...(field.patchMergeKey && { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
      ...(field.patchStrategy && { 'x-kubernetes-patch-strategy': field.patchStrategy }),
    })
  }

  /** In v3 nothing may stand beside a reference. */
  #beside(model: Model, more: Model): Model {
    if (!model.$ref || !this.#v3 || Object.keys(more).length === 0) return { ...model, ...more }
    return { allOf: [model], ...more }
  }

  #value(type: string): Model {
    if (type.startsWith('[]')) return { type: 'array', items: this.#item(type.slice(2)) }
    if (type.startsWith('{}')) return { type: 'object', additionalProperties: this.#item(type.slice(2)) }
    if (special[type]) return this.ref(type)
    if (scalars[type]) return scalars[type]
    const fact = this.#facts.type(type)
    if (!fact?.is || fact.is === 'any') return this.ref(type)
    return { ...this.#value(fact.is), ...(fact.enum && { enum: [...fact.enum] }) }
  }

  #item(type: string): Model {
    const value = this.#v3 ? zeroOf({ type }, this.#facts.type) : undefined
    return this.#beside(this.#value(type), value === undefined ? {} : { default: value as OpenAPIV3.SchemaObject['default'] })
  }

  /** Kinds of meta/v1 belong to every group; documents list them under the core one. */
  #identity(type: string): object {
    const [folder, version, kind] = type.split('.') as [string, string, string]
    const group = folder === 'meta' ? '' : (this.#facts.file(`${folder}.${version}`)?.group ?? '')
    return { group, kind, version }
  }
}
