import type { KubeObject } from '#api/object.ts'
import { badRequest, conflict, notFound } from '#api/status.ts'
import { answerItem, answerValue, type View, viewOf } from '#apiserver/answer/answer.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import type { Answer } from '#apiserver/request/request.ts'
import { checkUid } from '#apiserver/store/object-meta.ts'
import { dropDoubleOwners } from '#apiserver/store/owner-doubles.ts'
import type { Store, Written } from '#apiserver/store/store.ts'
import { clone } from '#machinery/clone.ts'
import { entranceOf, updated } from './entrance.ts'
import { attemptOf, checkName, keyIn, mayCreate, placeIn, type Verb } from './verb.ts'

/** Replaces an object, or what a door shows of it. */
export const update: Verb = async (request, store, tools) => {
  const { resource } = store
  const { subresource } = request.attributes
  const key = keyIn(request, store)
  const options = writeOptionsOf(request)
  const entrance = entranceOf(request, store, tools, options.manager)
  const object = await readObject(request, entrance.kind, options.fieldValidation)
  placeIn(object, key)
  checkName(object, key)
  dropDoubleOwners(object, 'as sent', message => request.warn(message))
  const attempt = { ...attemptOf(request, options), mayCreate: mayCreate(request, tools) }
  const written = await store.change(key, attempt, current => {
    if (!current && (!resource.createOnUpdate || subresource)) throw notFound(resource.kind, key.name)
    if (current) {
      checkUid(object, current, resource)
      checkVersion(object, current, store)
    }
    return current ? updated(entrance, current, clone(object)) : clone(object)
  })
  return answerWritten(written, store, viewOf(request, tools.clock), subresource)
}

/** An optimistic lock: the object must be made from the newest one, unless it does not say. */
export function checkVersion({ metadata }: KubeObject, current: KubeObject, { resource }: Store): void {
  const { resourceVersion } = metadata
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(resource.kind, current.metadata.name ?? '')
  if (!resourceVersion && resource.conditionalUpdate)
    throw badRequest('metadata.resourceVersion: Invalid value: 0x0: must be specified for an update')
}

/** What a write through the main door, or another, is answered with. */
export function answerWritten({ item, outcome }: Written, store: Store, view: View, subresource: string): Answer {
  const code = outcome === 'created' ? 201 : 200
  const door = store.resource.subresources?.[subresource]
  return door?.get ? answerValue(code, door.get(item.object), view.accept) : answerItem(code, item, store, view)
}
