import type { KubeObject } from '#api/object.ts'
import type { Column, Resource } from '#apiserver/resource.ts'
import type { Form } from '#apiserver/store/store.ts'
import type { Item } from '#cache/cache.ts'

/** `?includeObject=`: what a table's rows carry besides their cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** metav1.Table, what kubectl prints. */
export interface Table {
  kind: 'Table'
  apiVersion: string
  metadata: object
  columnDefinitions: readonly { name: string; type: string; format: string; description: string; priority: number }[]
  rows: readonly { cells: readonly unknown[]; object?: unknown }[]
}

const fallback: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', value: ({ metadata }) => metadata.name },
  { name: 'Created At', type: 'date', value: ({ metadata }) => metadata.creationTimestamp },
]

/** How a table is wanted: its metadata, the version of meta.k8s.io, what its rows carry, and as of when. */
export interface TableOptions {
  readonly metadata: object
  readonly version: string
  readonly include: IncludeObject
  readonly now: Date
}

/** Objects as the table of their kind. */
export function table(resource: Resource, items: readonly Item[], options: TableOptions): Table {
  const { include, version } = options
  return {
    ...headOf(resource, options),
    rows: inRowOrder(items, resource).map(({ object }) => ({
      cells: cellsOf(object, resource, options),
      ...(include === 'Object' && { object }),
      ...(include === 'Metadata' && { object: partial(object, version) }),
    })),
  }
}

/** The same as JSON, where the items' bytes stand in the rows: only cells are encoded, as they may differ from one moment to the next. */
export function tableJson({ resource, stored, encodings }: Form, items: readonly Item[], options: TableOptions): Uint8Array[] {
  const { include, version } = options
  const head = JSON.stringify(partialType(version)).slice(0, -1)
  const before = { None: '', Metadata: `,"object":${head},"metadata":`, Object: ',"object":' }
  const after = Buffer.from(include === 'Metadata' ? '}}' : '}')
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(headOf(resource, options)).slice(0, -1)},"rows":[`)]
  inRowOrder(items, resource).forEach((item, at) => {
    const cells = JSON.stringify(cellsOf(item.object, resource, options))
    parts.push(Buffer.from(`${at === 0 ? '' : ','}{"cells":${cells}${before[include]}`))
    if (include === 'Metadata') parts.push(encodings.metadata(item, () => stored.metadata(item.bytes!)))
    if (include === 'Object') parts.push(item.bytes!)
    parts.push(after)
  })
  parts.push(Buffer.from(']}\n'))
  return parts
}

const headOf = ({ columns = fallback }: Resource, { metadata, version }: TableOptions): Omit<Table, 'rows'> => ({
  kind: 'Table',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
  columnDefinitions: columns.map(({ name, type, format = '', priority = 0 }) => ({
    name,
    type,
    format,
    description: '',
    priority,
  })),
})

const inRowOrder = (items: readonly Item[], { rowOrder }: Resource): readonly Item[] =>
  rowOrder ? items.toSorted((a, b) => rowOrder(a.object, b.object)) : items

const cellsOf = (object: KubeObject, { columns = fallback }: Resource, { now }: TableOptions): unknown[] =>
  columns.map(column => column.value(object, now) ?? null)

/** metav1.PartialObjectMetadata: an object without all that its kind adds. */
export const partial = ({ metadata }: KubeObject, version: string): KubeObject => ({ ...partialType(version), metadata })

const partialType = (version: string): { kind: string; apiVersion: string } => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
})
