import type { KubeObject } from '#api/object.ts'
import type { Column, Resource } from '#apiserver/resource.ts'
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

/** Objects as the table of their kind. */
export function table(
  resource: Resource,
  items: readonly Item[],
  options: { metadata: object; version: string; include: IncludeObject; now: Date },
): Table {
  const { columns = fallback } = resource
  const rows = resource.rowOrder ? items.toSorted((a, b) => resource.rowOrder!(a.object, b.object)) : items
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    columnDefinitions: columns.map(({ name, type, format = '', priority = 0 }) => ({
      name,
      type,
      format,
      description: '',
      priority,
    })),
    rows: rows.map(({ object }) => ({
      cells: columns.map(column => column.value(object, options.now) ?? null),
      ...(options.include === 'Object' && { object }),
      ...(options.include === 'Metadata' && { object: partial(object, options.version) }),
    })),
  }
}

/** metav1.PartialObjectMetadata: an object without all that its kind adds. */
export const partial = ({ metadata }: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
})
