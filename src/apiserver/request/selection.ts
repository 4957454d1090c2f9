import type { KubeObject } from '#api/object.ts'
import { badRequest } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import { type FieldSelector, fieldSelectorFrom, parseFieldSelector, requires } from '#machinery/field-selector.ts'
import { parseSelector } from '#machinery/label-text.ts'
import { everything, type Selector } from '#machinery/labels.ts'
import { once, remembering } from '#machinery/remember.ts'
import type { Request } from './request.ts'

/** Which objects of a kind a request is about. */
export interface Selection {
  readonly namespace: string
  /** The same as the cache's watch and items take it: nothing for all namespaces. */
  readonly where: { readonly namespace?: string }
  /** Whether labels or fields narrow it at all. */
  readonly narrowed: boolean
  passes(object: KubeObject): boolean
}

/** Reads the selectors of a list, watch or deletecollection. Throws BadRequest, in upstream's words. */
export function selectionOf({ query, attributes }: Pick<Request, 'query' | 'attributes'>, resource: Resource): Selection {
  const read = once(readers, resource, () => remembering(text => selectorsOf(JSON.parse(text), resource), 50))
  const texts: Texts = [query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '', attributes.name]
  const { fields, narrowed, passes } = read(JSON.stringify(texts))
  const namespace =
    resource.kind.scope === 'Cluster' ? '' : attributes.namespace || (requires(fields, 'metadata.namespace') ?? '')
  return { namespace, where: namespace ? { namespace } : {}, narrowed, passes }
}

/** Equal selectors have one `passes`, so that a cache sees that watchers want the same. */
const readers = new WeakMap<Resource, (text: string) => Selectors>()

/** Of labels, of fields, and the name of one object. */
type Texts = readonly [labels: string, fields: string, name: string]

interface Selectors extends Pick<Selection, 'narrowed' | 'passes'> {
  readonly fields: FieldSelector
}

function selectorsOf([labelText, fieldText, name]: Texts, resource: Resource): Selectors {
  const labels = parsed(() => parseSelector(labelText))
  const fields = named(
    parsed(() => parseFieldSelector(fieldText)),
    name,
  )
  const reads = new Map(fields.terms.map(({ field }) => [field, reader(resource, field)]))
  const narrowed = labels.requirements.length > 0 || fields.terms.length > 0
  return { fields, narrowed, passes: narrowed ? test(labels, fields, reads) : () => true }
}

/** The selector of a request that names an object (a watch, or a list narrowed to one name) selects this one. */
function named(fields: FieldSelector, name: string): FieldSelector {
  if (name === '') return fields
  if (fields.terms.length === 0) return fieldSelectorFrom([{ field: 'metadata.name', equal: true, value: name }])
  if (requires(fields, 'metadata.name') !== name) throw badRequest("fieldSelector metadata.name doesn't match requested name")
  return fields
}

type Read = (object: KubeObject) => string

function reader({ fields }: Resource, field: string): Read {
  if (field === 'metadata.name') return ({ metadata }) => metadata.name ?? ''
  if (field === 'metadata.namespace') return ({ metadata }) => metadata.namespace ?? ''
  if (fields && Object.hasOwn(fields, field)) return fields[field]!
  if (fields) throw badRequest(`field label not supported: ${field}`)
  throw badRequest(`${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`)
}

const test =
  (labels: Selector, fields: FieldSelector, reads: ReadonlyMap<string, Read>): Selection['passes'] =>
  object =>
    (labels === everything || labels.matches(object.metadata.labels)) && fields.matches(field => reads.get(field)!(object))

function parsed<S>(parse: () => S): S {
  try {
    return parse()
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}
