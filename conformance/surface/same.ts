import assert from 'node:assert/strict'
import { JSON_SCHEMA, load } from 'js-yaml'
import { eventually } from '../eventually.ts'
import type { Answer } from '../https.ts'
import type { Ask } from './cell.ts'
import { json, type Sent, sent } from './encodings.ts'
import { encoded, made, patches } from './requests.ts'
import type { Subject } from './subject.ts'

/** How long what others write at the same time is waited for. */
const soonMs = 5_000

const [, yaml, protobuf] = sent as readonly [Sent, Sent, Sent]

interface Read {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly annotations?: object }
}

/**
 * Whether an object of a kind is the same in every encoding: written in one and read in the others, listed, watched, patched in each way
 * and written back. Others (controllers) write too, so what must be equal is read again until it is. Throws at the first difference.
 */
export async function sameInAll(ask: Ask, subject: Subject, hasStatus: boolean): Promise<void> {
  const { listed } = subject
  const has = (verb: string): boolean => listed.verbs.includes(verb)
  // Of its own for each kind: a Service and its Endpoints share a name, and then a controller.
  const word = `same${listed.name}`
  const path = await made(ask, subject, word)
  const read = async (encoding: Sent): Promise<Answer> => {
    const answer = await ask(path, { headers: { accept: encoding.accept } })
    assert.equal(answer.code, 200, answer.text)
    return answer
  }

  await writtenAlike(ask, subject, path)
  await eventually(async () => {
    const object = (await read(json)).json<Read>()
    assert.deepEqual(load((await read(yaml)).text, { schema: JSON_SCHEMA }), object)
    await listedAndWatched(ask, subject, object, await read(protobuf))
  }, soonMs)
  for (const to of [...(has('update') ? [path] : []), ...(hasStatus ? [`${path}/status`] : [])])
    await eventually(async () => {
      const before = (await read(json)).json<Read>()
      const answer = await ask(to, { method: 'PUT', ...put, body: (await read(protobuf)).bytes })
      assert.equal(answer.code, 200, answer.text)
      // Not even the resourceVersion is another: it was the same object.
      assert.deepEqual((await read(json)).json<Read>(), before, `PUT ${to}`)
    }, soonMs)
  if (has('patch'))
    for (const [way, type, body, query] of patches(subject.object(word)))
      await eventually(async () => {
        const headers = { 'content-type': type, accept: protobuf.accept }
        const answer = await ask(path + query, { method: 'PATCH', headers, body: JSON.stringify(body) })
        assert.equal(answer.code, 200, answer.text)
        assert.deepEqual(answer.bytes, (await read(protobuf)).bytes, `patch (${way})`)
      }, soonMs)
  const gone = await ask(path, { method: 'DELETE', headers: { accept: protobuf.accept } })
  assert.ok([200, 202].includes(gone.code) && protobuf.kindOf(gone), gone.text)
}

const put = { headers: { 'content-type': protobuf.type, accept: protobuf.accept } }

/** What was posted in protobuf is what was posted in JSON, but for what makes it another object. */
async function writtenAlike(ask: Ask, { collection, listed, object, needs }: Subject, path: string): Promise<void> {
  const [word, same] = [`other${listed.name}`, `same${listed.name}`]
  const other = object(word)
  if (needs) await made(ask, needs, word)
  const answer = await ask(collection, { method: 'POST', ...(await encoded(ask, collection, listed.name, other, protobuf)) })
  assert.equal(answer.code, 201, answer.text)
  const where = `${collection}/${other.metadata.name}`
  await eventually(
    async () => assert.deepEqual(withoutIdentity((await ask(where)).text, word), withoutIdentity((await ask(path)).text, same)),
    soonMs,
  )
  await ask(where, { method: 'DELETE' })
}

/** An object without its name, and without what the server gives to each: status, identity, addresses. */
function withoutIdentity(text: string, word: string): unknown {
  const { metadata, status: _, ...rest } = JSON.parse(text) as Read & { readonly status?: unknown }
  const { resourceVersion: __, managedFields: ___, ...kept } = metadata as Read['metadata'] & { readonly managedFields?: unknown }
  return JSON.parse(
    JSON.stringify({ metadata: kept, ...rest })
      .replaceAll(metadata.name, 'NAME')
      .replaceAll(word, 'WORD')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, 'TIME')
      .replace(/10\.(96|244)\.\d+\.\d+/g, 'ADDRESS')
      .replace(/kube-api-access-\w{5}/g, 'kube-api-access'),
  )
}

/** Lists and watches carry the very object: in JSON its members, in protobuf its bytes. */
async function listedAndWatched(ask: Ask, { collection, listed }: Subject, object: Read, packed: Answer): Promise<void> {
  const only = `fieldSelector=metadata.name%3D${object.metadata.name}`
  const watched = `${collection}?watch=1&timeoutSeconds=9&${only}`
  if (listed.verbs.includes('list')) {
    const [item] = (await ask(`${collection}?${only}`)).json<{ items: Read[] }>().items
    const { kind: _, apiVersion: __, ...members } = object as Read & { kind: string; apiVersion: string }
    assert.deepEqual(item, members, 'list')
    const list = await ask(`${collection}?${only}`, { headers: { accept: protobuf.accept } })
    assert.ok(list.bytes.includes(contentOf(packed.bytes)), 'list in protobuf')
  }
  if (!listed.verbs.includes('watch')) return
  const event = JSON.parse((await ask(watched, { first: true })).text.split('\n')[0]!) as { object: Read }
  assert.deepEqual(event.object, object, 'watch')
  const frame = await ask(watched, { headers: { accept: protobuf.accept }, first: true })
  assert.ok(frame.bytes.includes(packed.bytes), 'watch in protobuf')
}

/** The message in an envelope: after four bytes of magic the type, then in field 2 what is of that type. */
export function contentOf(envelope: Buffer): Buffer {
  const at = 6 + envelope[5]! + 1
  let [length, shift, start] = [0, 0, at]
  for (; ; start++, shift += 7) {
    length |= (envelope[start]! & 0x7f) << shift
    if (envelope[start]! < 0x80) break
  }
  return envelope.subarray(start + 1, start + 1 + length)
}
