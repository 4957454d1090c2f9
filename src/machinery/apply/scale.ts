import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import { difference, type FieldSet, has, setOfPaths } from './field-set.ts'
import { entriesOf, entryOf, idOf, type Manager, stored, withFields } from './managers.ts'

/** What a Scale has of the object behind it. */
const replicas = 'spec.replicas'
const scaleVersion = 'autoscaling/v1'
const replicasOnly: FieldSet = setOfPaths([replicas])

/** The entries of an object as its Scale shows them: who owns the replicas (upstream: managedfields/scalehandler.go). */
export function entriesOfScale(entries: readonly ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
  const owners = [...stored(entries).values()].filter(({ fieldsV1 }) => has(fieldsV1, replicas)).map(asOfScale)
  return entriesOf(new Map(owners.map(each => [idOf(each), each])))
}

const asOfScale = (manager: Manager): Manager => entryOf({ ...manager, apiVersion: scaleVersion }, replicasOnly)

/** The entries of an object in some version after its Scale was written with these: who owns the replicas no more lets them go. */
export function entriesBehindScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  ofScale: readonly ManagedFieldsEntry[] | undefined,
  apiVersion: string,
): ManagedFieldsEntry[] | undefined {
  const owners = new Map(stored(ofScale))
  const left = new Map<string, Manager>()
  for (const [id, manager] of stored(entries)) {
    const isOwner = has(manager.fieldsV1, replicas)
    const stays = !isOwner || owners.delete(idOf(asOfScale(manager)))
    const kept = stays ? manager : withFields(manager, difference(manager.fieldsV1, replicasOnly))
    if (kept) left.set(id, kept)
  }
  for (const { manager, operation, subresource } of owners.values()) {
    const entry = entryOf({ manager, operation, apiVersion, ...(subresource && { subresource }) }, replicasOnly)
    left.set(idOf(entry), entry)
  }
  return entriesOf(left)
}
