import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Circumstances, Resource } from '#apiserver/resource.ts'
import { clone } from '#machinery/clone.ts'

type Fields = Record<string, unknown>

/*
 * For tests: what becomes of an object on its way through its kind, without a server.
 */

/** Who writes in tests. */
export const somebody: Circumstances = { user: { name: 'somebody', groups: ['people'] }, now: new Date('2026-01-01T00:00:00Z') }

/** An object of a kind with these fields, defaulted and prepared. */
export function asStored({ kind, ...resource }: Resource, fields: Fields = {}, before?: KubeObject): KubeObject & Fields {
  const object: KubeObject & Fields = {
    apiVersion: apiVersion(kind),
    kind: kind.kind,
    metadata: { name: 'x', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    ...clone(fields),
  }
  resource.default?.(object, before)
  resource.prepare?.(object, before, somebody)
  return object
}

/** What is wrong with an object with these fields that is to be created, or to replace one with others, as kubectl prints it. */
export function complaints(resource: Resource, fields: Fields, before?: Fields): string[] {
  const old = before && asStored(resource, before)
  const causes = resource.validate?.(asStored(resource, fields, old), old) ?? []
  return [...causes].map(({ field, message }) => `${field}: ${message}`)
}

/** The cells of an object's row in the table, a minute after it was made. */
export const shown = (resource: Resource, object: KubeObject): unknown[] =>
  resource.columns!.map(column => column.value(object, new Date('2026-01-01T00:01:00Z')))
