import { notFound, StatusError } from '#api/status.ts'
import { answerItem, answerValue, asLine, viewOf } from '#apiserver/answer/answer.ts'
import { resourceVersionOf } from '#apiserver/request/list-options.ts'
import { atLeast } from '#apiserver/request/revision.ts'
import { Compacted } from '#storage/storage.ts'
import { keyIn, type Verb } from './verb.ts'

/**
 * Reads one object, newest state. Plain JSON goes out as it lies in storage, unparsed. With resourceVersionMatch=Exact, which
 * upstream has for lists only, as it was at just that resourceVersion: as far back as history is kept.
 */
export const get: Verb = async (request, store, { clock }) => {
  const key = keyIn(request, store)
  const { accept, attributes, query } = request
  const door = store.resource.subresources?.[attributes.subresource]
  const at = query.get('resourceVersionMatch') === 'Exact' ? resourceVersionOf(query, store.resource.kind) : undefined
  if (at) await atLeast(store, at, clock, request.signal)
  else if (!door && accept.type === 'application/json' && !accept.as && !accept.pretty)
    return { code: 200, type: accept.type, body: asLine(await store.bytes(key)) }
  const item = await store.read(key, at || undefined).catch((error: unknown) => {
    throw error instanceof Compacted ? new StatusError('Expired', 'The resourceVersion that was asked for is too old.') : error
  })
  if (!item) throw notFound(store.resource.kind, key.name)
  if (door?.get) return answerValue(200, door.get(item.object), accept)
  return answerItem(200, item, store, viewOf(request, clock))
}
