import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import {
  assertRefused,
  configMap,
  configMaps,
  type Loose,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'
import { openFacts } from '#cluster/facts.ts'
import { decodeMessage, openEnvelope } from '#machinery/codec/decode.ts'

const protobuf = 'application/vnd.kubernetes.protobuf'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partial = ';as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const partialList = ';as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const routed = (...types: string[]): string => `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`
const every = ['application/json', 'application/yaml', protobuf]

const { message } = openFacts()
/** What a protobuf answer says, with its type. */
function unpacked({ bytes }: Pick<Reply, 'bytes'>): Loose {
  const { apiVersion, kind, raw } = openEnvelope(bytes)
  return { apiVersion, kind, ...decodeMessage(raw, message(apiVersion, kind)!) }
}

describe('the encoding of an answer', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', configMaps, configMap('one'))
  })
  after(() => api.stop())

  const get = (accept: string, path = `${configMaps}/one`, headers: Record<string, string> = {}): Promise<Reply> =>
    api.admin('GET', path, undefined, { accept, ...headers })
  const typeFor = async (accept: string): Promise<unknown> => (await get(accept)).headers['content-type']

  it('is JSON for who does not care', async () => {
    for (const accept of ['', '*/*', '*/*;q=0.1', 'text/html,*/*;q=0.8', 'application/json;charset=utf-8'])
      assert.equal(await typeFor(accept), 'application/json', accept)
  })

  it('is what is wanted most; of what is wanted alike, the more exact, and then the first', async () => {
    for (const [accept, type] of [
      [`${protobuf};q=0.5, application/json;q=0.4`, protobuf],
      ['application/json;q=0.4, application/yaml;q=0.6', 'application/yaml'],
      [`*/*, ${protobuf}`, protobuf],
      [`application/cbor, ${protobuf}, application/json`, protobuf],
      [`application/yaml, ${protobuf}`, 'application/yaml'],
      [`text/plain, ${protobuf}; q=nonsense, application/yaml;q=0.1`, 'application/yaml'],
    ] as const)
      assert.equal(await typeFor(accept), type, accept)
  })

  it('is another where the wanted one has not the wanted shape', async () => {
    assert.equal(await typeFor(`${protobuf};as=Table;v=v1;g=meta.k8s.io, application/json`), 'application/json')
    const { body } = await get('application/json;as=Table;v=v9;g=meta.k8s.io, application/json;as=Table;v=v1beta1;g=meta.k8s.io')
    assert.deepEqual([body.kind, body.apiVersion], ['Table', 'meta.k8s.io/v1beta1'])
    for (const ignored of ['application/json;v=v1', 'application/json;stream=other', 'application/json;sv=v2'])
      assert.equal(await typeFor(`${ignored}, application/yaml`), 'application/yaml', ignored)
    assert.equal(await typeFor('application/json;sv=v1;export=1;other=thing'), 'application/json')
  })

  it('is refused where there is none: by type, and by shape', async () => {
    for (const accept of ['text/html', 'application/*', 'application/cbor', 'application/cbor-seq'])
      assertRefused(await get(accept), { code: 406, reason: 'NotAcceptable', message: routed(...every) })
    for (const accept of [
      `${protobuf};as=Table;v=v1;g=meta.k8s.io`,
      'application/json;as=Pod;v=v1;g=meta.k8s.io',
      'application/yaml;stream=watch',
    ])
      assertRefused(await get(accept), {
        code: 406,
        reason: 'NotAcceptable',
        message: `only the following media types are accepted: ${every.join(', ')}`,
      })
    assertRefused(await get('text/html', '/version'), {
      code: 406,
      reason: 'NotAcceptable',
      message: routed('application/json'),
    })
  })

  it('is metadata alone where that is asked for, as one or as a list', async () => {
    for (const type of every) {
      const one = await get(type + partial)
      const list = await get(type + partialList, configMaps)
      assert.deepEqual([one.code, one.headers['content-type'], list.headers['content-type']], [200, type, type])
    }
    const one = unpacked(await get(protobuf + partial))
    assert.deepEqual(
      [one.kind, one.apiVersion, one.metadata.name, one.data],
      ['PartialObjectMetadata', 'meta.k8s.io/v1', 'one', undefined],
    )
    const list = unpacked(await get(protobuf + partialList, configMaps))
    assert.deepEqual([list.kind, list.items.length, list.items[0].metadata], ['PartialObjectMetadataList', 1, one.metadata])
    assertRefused(await get(`application/json${partial}`, configMaps), {
      code: 406,
      reason: 'NotAcceptable',
      message: 'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
    })
    assertRefused(await get(`application/json${partialList}`), {
      code: 406,
      reason: 'NotAcceptable',
      message: 'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
    })
  })

  it('is that of the request for refusals too, but never its shape', async () => {
    const missing = `${configMaps}/none`
    const packed = await get(protobuf, missing)
    assert.equal(packed.headers['content-type'], protobuf)
    assert.equal(unpacked(packed).message, 'configmaps "none" not found')
    assert.match((await get('application/yaml', missing)).text, /^message: configmaps "none" not found$/m)
    assert.equal((await get(`${table}, application/yaml`, missing)).headers['content-type'], 'application/yaml')
    const shaped = await get(table, missing)
    assert.match(shaped.text, /^\{\n {2}"kind": "Status"/)
  })

  it('is indented for people', async () => {
    for (const path of ['?pretty=true', '?pretty=1', '?pretty=T'])
      assert.match((await get('', `${configMaps}/one${path}`)).text, /^\{\n {2}"/)
    for (const accept of ['application/json;pretty=1']) assert.match((await get(accept)).text, /^\{\n {2}"/)
    const people = { 'user-agent': 'curl/8.0' }
    assert.match((await get('', `${configMaps}/one`, people)).text, /^\{\n {2}"/)
    assert.doesNotMatch((await get('', `${configMaps}/one?pretty=0`, people)).text, /^\{\n/)
    assert.doesNotMatch((await get('', `${configMaps}/one?pretty=maybe`)).text, /^\{\n/)
  })

  it('is a line of JSON for programs, whatever it says', async () => {
    for (const path of [`${configMaps}/one`, configMaps, `${configMaps}/none`, '/apis', '/api/v1'])
      assert.match((await get('', path)).text, /^\{.*\}\n$/, path)
    for (const accept of [table, `application/json${partial}`]) assert.match((await get(accept)).text, /^\{.*\}\n$/, accept)
    assert.match((await get('', `${configMaps}/one?pretty=1`)).text, /\n\}$/)
  })
})

describe('the encoding of a body', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const post = (type: string, body: string): Promise<Reply> => api.admin('POST', configMaps, body, { 'content-type': type })

  it('may be JSON or YAML, in any case and with parameters', async () => {
    const json = (name: string): string => JSON.stringify(configMap(name))
    assert.equal((await post('application/json; charset=utf-8', json('a'))).code, 201)
    assert.equal((await post('Application/JSON;charset="utf-8"', json('b'))).code, 201)
    assert.equal((await post('application/yaml;charset=utf-8', 'metadata:\n  name: c\n')).code, 201)
    assert.equal((await post('', json('d'))).code, 201)
  })

  it('is no other: CBOR is alpha and off, as upstream', async () => {
    for (const type of ['application/cbor', 'text/plain', 'application/json-patch+json', 'nonsense'])
      assertRefused(await post(type, '{}'), {
        code: 415,
        reason: 'UnsupportedMediaType',
        message: `the body of the request was in an unknown format - accepted media types include: ${every.join(', ')}`,
      })
  })
})

describe('large answers', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    for (const name of ['a', 'b']) await api.admin('POST', configMaps, configMap(name, {}, { text: 'lorem ipsum '.repeat(8000) }))
  })
  after(() => api.stop())

  const get = (path: string, headers: Record<string, string>): Promise<Reply> => api.admin('GET', path, undefined, headers)

  it('are zipped for who can read that', async () => {
    const plain = await get(configMaps, {})
    const zipped = await get(configMaps, { 'accept-encoding': 'deflate, gzip' })
    assert.deepEqual([zipped.headers['content-encoding'], zipped.headers.vary], ['gzip', 'Accept-Encoding'])
    assert.ok(zipped.bytes.length < plain.bytes.length / 10)
    assert.equal(gunzipSync(zipped.bytes).toString(), plain.text)
    const packed = await get(configMaps, { 'accept-encoding': 'gzip', accept: protobuf })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.equal(unpacked({ bytes: gunzipSync(packed.bytes) }).items.length, 2)
  })

  it('are not for others, nor are smaller ones', async () => {
    assert.equal((await get(configMaps, { 'accept-encoding': 'gzip;q=0.5, br' })).headers['content-encoding'], undefined)
    assert.equal((await get(`${configMaps}/a`, { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined)
  })
})
