import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Request } from '#apiserver/request/request.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { noteOwners, setEntries, writerOf, writesOf } from '#apiserver/store/field-owners.ts'
import type { Store } from '#apiserver/store/store.ts'
import { entriesBehindScale, entriesOfScale } from '#machinery/apply/scale.ts'
import { oneVersion, type Versions, type Writer, withEntries } from '#machinery/apply/versions.ts'
import { clone } from '#machinery/clone.ts'
import type { Tools } from './verb.ts'

/** Where a request enters an object, the main door or another, and as whom: what is seen from there may be of a type of its own. */
export interface Entrance {
  readonly door: Subresource | undefined
  /** The type of what is seen. */
  readonly kind: Pick<Kind, 'group' | 'version' | 'kind'>
  readonly versions: Versions
  readonly writer: Writer
  /** The version of the object behind. */
  readonly behind: string
}

export function entranceOf(request: Request, { resource }: Store, { clock, versions }: Tools, manager: string): Entrance {
  const { subresource } = request.attributes
  const door = resource.subresources?.[subresource]
  const kind = door?.kind ?? resource.kind
  const writes = door?.kind ? (set: Parameters<Writer['writes']>[0]) => set : writesOf(resource, subresource)
  return {
    door,
    kind,
    versions: door?.kind ? oneVersion(apiVersion(kind), request.facts.schema(kind)) : versions(resource),
    writer: writerOf(kind, { subresource, manager, writes }, clock.now()),
    behind: apiVersion(resource.kind),
  }
}

/** What is seen of an object, and who owns what of that. */
export function seen({ door }: Entrance, object: KubeObject): KubeObject {
  const shown = (door?.get?.(object) ?? object) as KubeObject
  return door?.scales ? withEntries({ ...shown }, entriesOfScale(object.metadata.managedFields)) : shown
}

/** The object after what is seen of it became something else, in which the owners are already noted. */
export function changed({ door, behind }: Entrance, current: KubeObject, body: KubeObject): KubeObject {
  if (!door) return body
  const object = door.put!(clone(current), body)
  const { managedFields } = body.metadata
  setEntries(object, door.scales ? entriesBehindScale(current.metadata.managedFields, managedFields, behind) : managedFields)
  return object
}

/** The object after an update or a patch of what a door shows. Whose the fields are is noted here only for a Scale; the gate does all others. */
export function updated(entrance: Entrance, current: KubeObject, body: KubeObject): KubeObject {
  const { door, writer, versions } = entrance
  if (!door?.scales) return door ? door.put!(clone(current), body) : body
  noteOwners(body, seen(entrance, current), writer, versions)
  return changed(entrance, current, body)
}
