import { apiVersion, type Kind } from '#api/kind.ts'
import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import { Unmergeable } from '#machinery/apply/element.ts'
import { type FieldSet, setOfPaths, within, without } from '#machinery/apply/field-set.ts'
import { entriesOf, sent } from '#machinery/apply/managers.ts'
import { entriesAfterUpdate } from '#machinery/apply/update.ts'
import type { Versions, Writer } from '#machinery/apply/versions.ts'
import { once } from '#machinery/remember.ts'
import { timestamp } from '#machinery/time.ts'

/*
 * metadata.managedFields: whose the fields of an object are. A create, an update or a patch makes what it changes the writer's;
 * an apply has said so itself.
 */

/** Who writes now, and through which door. */
export const writerOf = (
  kind: Pick<Kind, 'group' | 'version'>,
  { manager, subresource, writes }: Pick<Writer, 'manager' | 'subresource' | 'writes'>,
  now: Date,
): Writer => ({ manager: manager || 'unknown', apiVersion: apiVersion(kind), subresource, time: timestamp(now), writes })

/** Notes, in place, whose the fields are that a write changes. Gives the entries. */
export function noteOwners(
  object: KubeObject,
  before: KubeObject | undefined,
  writer: Writer,
  versions: Versions,
): ManagedFieldsEntry[] | undefined {
  const entries = entriesAfterUpdate(before, object, writer, versions)
  setEntries(object, entries)
  return entries
}

/** Takes back, in place, entries that admission has made unreadable; others it may change. */
export function checkEntries(object: KubeObject, noted: ManagedFieldsEntry[] | undefined, warn: (message: string) => void): void {
  const { managedFields } = object.metadata
  if (managedFields === noted) return
  try {
    setEntries(object, entriesOf(sent(managedFields ?? [])))
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error
    setEntries(object, noted)
    warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${error.message}`,
    )
  }
}

/** Gives an object, in place, other entries, or none. */
export function setEntries({ metadata }: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries) metadata.managedFields = entries
  else delete metadata.managedFields
}

type Writes = Writer['writes']
const known = new WeakMap<Resource, Map<string, Writes>>()

/** What of a set a door writes: not what it takes back (upstream: the strategies' GetResetFields), or nothing but what it says. */
export function writesOf(resource: Resource, subresource: string): Writes {
  const doors = once(known, resource, () => new Map<string, Writes>())
  let writes = doors.get(subresource)
  if (!writes) doors.set(subresource, (writes = makeWrites(resource, subresource)))
  return writes
}

function makeWrites(resource: Resource, subresource: string): Writes {
  const { writes } = resource.subresources?.[subresource] ?? {}
  if (writes) {
    const pattern = setOfPaths(writes)
    return set => within(set, pattern)
  }
  const always = subresource === 'status' ? ['spec'] : !subresource && resource.status ? ['status'] : []
  const reset: FieldSet = setOfPaths([...always, ...(resource.resets?.[subresource] ?? [])])
  return set => without(set, reset)
}
