import type { PodTemplateSpec } from '#api/core/v1.ts'
import type { LabelSelector } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import type { Column, Conversion, Resource } from '#apiserver/resource.ts'
import { selectorOf } from '#machinery/labels.ts'
import { ageOf } from '#machinery/time.ts'

/** A column of text. */
export const text = <T>(name: string, value: Column<T>['value']): Column<T> => ({ name, type: 'string', value })

/** A column of whole numbers; what is missing counts as 0. */
export const integer = <T>(name: string, value: (object: T) => number | undefined): Column<T> => ({
  name,
  type: 'integer',
  value: object => value(object) ?? 0,
})

/** A column of truths; what is missing counts as false. */
export const boolean = <T>(name: string, value: (object: T) => boolean | undefined): Column<T> => ({
  name,
  type: 'boolean',
  value: object => value(object) ?? false,
})

/** The same column, shown with -o wide only. */
export const wide = <T>(column: Column<T>): Column<T> => ({ ...column, priority: 1 })

/** The object's name. */
export const name: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  value: object => object.metadata.name ?? '',
}

/** How long ago the object was created. */
export const age: Column<KubeObject> = text('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now))

/** The wide columns of every kind with a pod template: names and images of the containers. */
export const containerColumns = <T>(template: (object: T) => PodTemplateSpec | undefined): Column<T>[] => {
  const containers = (object: T) => template(object)?.spec?.containers ?? []
  return [
    wide(
      text('Containers', object =>
        containers(object)
          .map(container => container.name)
          .join(','),
      ),
    ),
    wide(
      text('Images', object =>
        containers(object)
          .map(container => container.image ?? '')
          .join(','),
      ),
    ),
  ]
}

/** Labels as columns show them: sorted `key=value` pairs. */
export const labelsText = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',') || '<none>'

/** A label selector as columns show it. */
export const selectorText = (selector: LabelSelector | undefined, invalid = '<error>'): string => {
  if (!selector) return '<none>'
  try {
    return selectorOf(selector).toString() || '<none>'
  } catch {
    return invalid
  }
}

/** The first three of a list, and how many more there are. */
export const firstThree = (items: readonly string[]): string =>
  items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',')

/** The columns of a kind for another version of it: they show the stored object. */
export const columnsThrough = <T extends KubeObject, S extends KubeObject>(
  { to }: Conversion<T, S>,
  { columns = [] }: Resource,
): Column<T>[] => columns.map(column => ({ ...column, value: (object, now) => column.value(to(object), now) }))
