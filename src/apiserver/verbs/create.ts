import { alreadyExists, badRequest, isReason, notFound } from '#api/status.ts'
import { answerItem, answerValue, success, viewOf } from '#apiserver/answer/answer.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import { dropDoubleOwners } from '#apiserver/store/owner-doubles.ts'
import { clone } from '#machinery/clone.ts'
import { randomSuffix } from '#machinery/hash.ts'
import { attemptOf, keyIn, placeIn, type Verb } from './verb.ts'

/** How many names are tried for a generateName (upstream: maxNameGenerationCreateAttempts). */
const nameAttempts = 8
/** generateName is cut so that name and suffix fit 63 characters. */
const longestBase = 58

/** Makes a new object. */
const createObject: Verb = async (request, store, { clock, random }) => {
  const { kind } = store.resource
  const options = writeOptionsOf(request)
  const object = await readObject(request, kind, options.fieldValidation)
  dropDoubleOwners(object, 'as sent', message => request.warn(message))
  const { namespace } = keyIn(request, store)
  placeIn(object, { namespace, name: '' })
  const { name: given, generateName, resourceVersion } = object.metadata
  if (resourceVersion && resourceVersion !== '0') throw badRequest('resourceVersion should not be set on objects to be created')
  for (let tries = 1; ; tries++) {
    // Nothing to store it under: let validation say `name or generateName is required`.
    const name = given || (generateName ? generateName.slice(0, longestBase) + randomSuffix(random) : '')
    try {
      const { item } = await store.change({ namespace, name }, attemptOf(request, options), current => {
        if (current) throw alreadyExists(kind, name)
        const made = clone(object)
        made.metadata.name = name
        return made
      })
      return answerItem(201, item, store, viewOf(request, clock))
    } catch (error) {
      if (given || tries === nameAttempts || !isReason(error, 'AlreadyExists')) throw error
    }
  }
}

/** Writes through a door that takes POST (binding). */
const createThroughDoor: Verb = async (request, store, { clock }) => {
  const { resource } = store
  const key = keyIn(request, store)
  const door = resource.subresources![request.attributes.subresource]!
  const options = writeOptionsOf(request)
  const body = await readObject(request, door.kind ?? resource.kind, options.fieldValidation)
  placeIn(body, key)
  const { item } = await store.change(key, attemptOf(request, options), current => {
    if (!current) throw notFound(resource.kind, key.name)
    return door.put!(clone(current), body)
  })
  if (door.answersStatus)
    return answerValue(201, { ...success(item.object, store), code: 201, details: undefined }, request.accept)
  return answerItem(201, item, store, viewOf(request, clock))
}

/** POST: to a collection, or to the door of an object. */
export const create: Verb = (request, store, tools) =>
  (request.attributes.name ? createThroughDoor : createObject)(request, store, tools)
