import { notFound } from '#api/status.ts'
import { answerItem, answerValue, viewOf } from '#apiserver/answer.ts'
import { keyIn, type Verb } from './verb.ts'

/** Reads one object, newest state. Plain JSON goes out as it lies in storage, unparsed. */
export const get: Verb = async (request, store, { clock }) => {
  const key = keyIn(request, store)
  const { accept, attributes } = request
  const door = store.resource.subresources?.[attributes.subresource]
  if (!door && accept.type === 'application/json' && !accept.as && !accept.pretty)
    return { code: 200, type: accept.type, body: await store.bytes(key) }
  const item = await store.read(key)
  if (!item) throw notFound(store.resource.kind, key.name)
  if (door?.get) return answerValue(200, door.get(item.object), accept)
  return answerItem(200, item, store, viewOf(request, clock.now()))
}
