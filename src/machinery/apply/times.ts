import type { KubeObject } from '#api/object.ts'
import { equal } from '#machinery/equality.ts'
import { withoutEntries } from './versions.ts'

/**
 * Takes back, in place, new times of entries where they are all that is new: nothing was written, and no watcher need hear of it
 * (upstream: endpoints/handlers/fieldmanager/equality.go).
 */
export function keepTimes(object: KubeObject, before: KubeObject): void {
  const now = object.metadata.managedFields
  const was = before.metadata.managedFields
  if (!now || !was || now === was || now.length !== was.length) return
  const same = now.every((entry, at) => equal({ ...entry, time: undefined }, { ...was[at], time: undefined }))
  if (same && equal(withoutEntries(object), withoutEntries(before))) object.metadata.managedFields = was
}
