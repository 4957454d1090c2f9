import type { KubeObject } from '#api/object.ts'
import type { Column } from '#apiserver/resource.ts'
import type { Form } from '#apiserver/store/store.ts'
import type { Item } from '#cache/cache.ts'
import { metadataOf, partialHead } from './partial.ts'

/** `?includeObject=`: what a table's rows carry besides their cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** How a table is to be. */
export interface TableOptions {
  readonly metadata: object
  /** Of meta.k8s.io. */
  readonly version: string
  readonly include: IncludeObject
  readonly now: Date
  /** Whether it says its columns: the tables of a watch do so once. */
  readonly isHeaded?: boolean
}

const fallback: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', value: ({ metadata }) => metadata.name },
  { name: 'Created At', type: 'date', value: ({ metadata }) => metadata.creationTimestamp },
]

/**
 * Objects as the table of their kind (metav1.Table, what kubectl prints): JSON, in parts, where the items' bytes stand in the rows.
 * Only cells are encoded, as they may differ from one moment to the next.
 */
export function table(form: Form, items: readonly Item[], options: TableOptions): Uint8Array[] {
  const { columns = fallback, rowOrder } = form.resource
  const { metadata, version, include, now, isHeaded = true } = options
  const carries = carriers[include](form, version)
  const head = {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: isHeaded ? columns.map(definition) : null,
  }
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"rows":[`)]
  // All that stands between two objects is one part.
  let behind = ''
  for (const item of rowOrder ? items.toSorted((a, b) => rowOrder(a.object, b.object)) : items) {
    const cells = JSON.stringify(columns.map(column => column.value(item.object, now) ?? null))
    parts.push(Buffer.from(`${behind}${behind && ','}{"cells":${cells}${carries.before}`))
    if (carries.object) parts.push(carries.object(item))
    behind = carries.after
  }
  parts.push(Buffer.from(`${behind}]}`))
  return parts
}

const definition = ({ name, type, format = '', priority = 0 }: Column<KubeObject>): object => ({
  name,
  type,
  format,
  description: '',
  priority,
})

/** What of its object a row carries behind its cells, and what stands around it. */
interface Carrier {
  readonly before: string
  readonly object?: (item: Item) => Uint8Array
  readonly after: string
}

const carriers: Readonly<Record<IncludeObject, (form: Form, version: string) => Carrier>> = {
  None: () => ({ before: '', after: '}' }),
  Metadata: (form, version) => ({
    before: `,"object":${partialHead(version)}`,
    object: item => metadataOf(item, form),
    after: '}}',
  }),
  Object: () => ({
    before: ',"object":',
    object: ({ bytes, object }) => bytes ?? Buffer.from(JSON.stringify(object)),
    after: '}',
  }),
}
