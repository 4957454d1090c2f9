import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { HandClock, startTestServer, type TestServer } from '#apiserver/testing.ts'

describe('OpenAPI documents', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer({ clock: new HandClock() })
  })
  after(() => api.stop())

  const get = (path: string, headers: Record<string, string> = {}): ReturnType<TestServer['admin']> =>
    api.admin('GET', path, undefined, headers)

  it('come in version 2 as JSON, and in protobuf by its old name and its new one', async () => {
    const json = await get('/openapi/v2')
    assert.deepEqual([json.code, json.headers['content-type']], [200, 'application/json'])
    assert.equal(json.body.swagger, '2.0')
    for (const separator of ['@', '.']) {
      const accept = `application/com.github.proto-openapi.spec.v2${separator}v1.0+protobuf`
      const packed = await get('/openapi/v2', { accept })
      assert.equal(packed.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
      // Field 1: the Swagger version.
      assert.deepEqual(packed.bytes.subarray(0, 5), Buffer.from('\x0a\x032.0', 'latin1'))
      assert.ok(packed.bytes.includes('io.k8s.api.core.v1.PodSpec'))
      assert.equal(packed.headers.etag, json.headers.etag)
    }
  })

  it('come zipped to who can read that', async () => {
    const { headers, bytes } = await get('/openapi/v2', { 'accept-encoding': 'gzip' })
    assert.deepEqual([headers['content-encoding'], headers.vary], ['gzip', 'Accept, Accept-Encoding'])
    assert.equal(JSON.parse(gunzipSync(bytes).toString()).swagger, '2.0')
  })

  it('come in version 3 by group version, as JSON and in protobuf', async () => {
    const json = await get('/openapi/v3/apis/apps/v1', { accept: 'application/json' })
    assert.ok(json.body.components.schemas['io.k8s.api.apps.v1.Deployment'])
    const packed = await get('/openapi/v3/apis/apps/v1', { accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf' })
    assert.equal(packed.headers['content-type'], 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf')
    assert.deepEqual(packed.bytes.subarray(0, 7), Buffer.from('\x0a\x053.0.0', 'latin1'))
    assert.ok(packed.bytes.includes('io.k8s.api.apps.v1.Deployment'))
  })

  it('are for ever what their hash names', async () => {
    const { paths } = (await get('/openapi/v3')).body
    const { serverRelativeURL } = paths['apis/apps/v1']
    const { code, headers, body } = await get(serverRelativeURL)
    assert.deepEqual([code, body.openapi, headers['cache-control']], [200, '3.0.0', 'public, immutable'])
    assert.equal(headers.expires, 'Fri, 01 Jan 2027 00:00:00 GMT')
    assert.equal(headers.etag, `"${serverRelativeURL.split('=')[1]}"`)
    const old = await get('/openapi/v3/apis/apps/v1?hash=0123')
    assert.deepEqual([old.code, old.headers.location, old.text], [301, serverRelativeURL, ''])
    assert.equal((await get('/openapi/v3/apis/apps/v1')).headers['cache-control'], 'no-cache, private')
  })

  it('are not sent again to who has them', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3', '/openapi/v3/api/v1']) {
      const { headers } = await get(path)
      assert.match(headers.etag!, /^"[0-9A-F]{128}"$/)
      const again = await get(path, { 'if-none-match': `"other", ${headers.etag}` })
      assert.deepEqual([again.code, again.text, again.headers.etag], [304, '', headers.etag])
    }
  })

  it('come in no other form, and of nothing that is not served', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3/api/v1'])
      assert.equal((await get(path, { accept: 'application/yaml' })).code, 406)
    for (const path of ['/openapi/v1', '/openapi/v2/api', '/openapi/v3/apis/none/v1']) assert.equal((await get(path)).code, 404)
  })
})
