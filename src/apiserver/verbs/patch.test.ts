import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, startTestServer, type TestServer } from '#apiserver/testing.ts'

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

describe('patch', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  beforeEach(async () => {
    await api.admin('DELETE', `${configMaps}/a`)
    await api.admin('POST', configMaps, configMap('a', { labels: { old: 'yes' } }))
  })
  after(() => api.stop())

  const patch = (type: keyof typeof types, body: unknown, query = '') =>
    api.admin('PATCH', `${configMaps}/a${query}`, body, { 'content-type': types[type] })

  it('applies a JSON patch', async () => {
    const { code, body } = await patch('json', [
      { op: 'test', path: '/data/key', value: 'value' },
      { op: 'add', path: '/data/new', value: 'x' },
      { op: 'remove', path: '/data/key' },
    ])
    assert.deepEqual([code, body.data], [200, { new: 'x' }])
  })

  it('refuses a JSON patch whose test fails', async () => {
    const reply = await patch('json', [{ op: 'test', path: '/data/key', value: 'other' }])
    assertRefused(reply, {
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    })
  })

  it('applies a merge patch', async () => {
    const { code, body } = await patch('merge', { data: { key: null, new: 'x' }, metadata: { labels: { more: 'yes' } } })
    assert.deepEqual([code, body.data, body.metadata.labels], [200, { new: 'x' }, { old: 'yes', more: 'yes' }])
  })

  it('applies a strategic merge patch: lists merge by their keys', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    const containers = ['one', 'two'].map(name => ({ name, image: 'old' }))
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers } }
    await api.admin('POST', path, { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'd' } }, template } })
    const change = { spec: { template: { spec: { containers: [{ name: 'two', image: 'new' }] } } } }
    const { code, body } = await api.admin('PATCH', `${path}/d`, change, { 'content-type': types.strategic })
    assert.equal(code, 200)
    assert.deepEqual(
      body.spec.template.spec.containers.map((each: { image: string }) => each.image),
      ['old', 'new'],
    )
    assert.equal(body.metadata.generation, 2)
  })

  it('answers the same object and writes nothing when nothing changes', async () => {
    const before = (await api.admin('GET', `${configMaps}/a`)).body
    assert.deepEqual((await patch('merge', { data: { key: 'value' } })).body, before)
  })

  it('patches again when it loses a race, so that no patch is lost', async () => {
    const replies = await Promise.all(Array.from({ length: 12 }, (_, n) => patch('merge', { data: { [`n${n}`]: 'x' } })))
    for (const { code } of replies) assert.equal(code, 200)
    assert.equal(Object.keys((await api.admin('GET', `${configMaps}/a`)).body.data).length, 13)
  })

  it('holds a resourceVersion in the patch against the newest one', async () => {
    const reply = await patch('merge', { metadata: { resourceVersion: '1' }, data: { x: 'y' } })
    assertRefused(reply, { code: 409, reason: 'Conflict', message: /the object has been modified/ })
  })

  it('changes neither name nor namespace nor kind', async () => {
    const named = await patch('merge', { metadata: { name: 'z' } })
    assertRefused(named, {
      code: 400,
      reason: 'BadRequest',
      message: 'the name of the object (z) does not match the name on the URL (a)',
    })
    const moved = await patch('merge', { metadata: { namespace: 'z' } })
    const message = 'the namespace of the provided object does not match the namespace sent on the request'
    assertRefused(moved, { code: 400, reason: 'BadRequest', message })
    assertRefused(await patch('merge', { kind: 'Pod' }), {
      code: 422,
      reason: 'Invalid',
      message: /converting \(v1\.Pod\) to \(core\.ConfigMap\): unknown conversion$/,
    })
  })

  it('refuses what does not fit the kind, and shows what came out', async () => {
    const merged = await patch('merge', { data: 'x' })
    assertRefused(merged, {
      code: 422,
      reason: 'Invalid',
      message:
        /^ "" is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal string into Go struct field ConfigMap\.data of type map\[string\]string$/,
    })
    const strategic = await patch('strategic', { data: [1] })
    assertRefused(strategic, {
      code: 422,
      reason: 'Invalid',
      message: /^ "" is invalid: patch: Invalid value: "map\[data:\[1\]\]": /,
    })
  })

  it('refuses unknown fields with Strict', async () => {
    const reply = await patch('merge', { bogus: 1 }, '?fieldValidation=Strict')
    assertRefused(reply, { code: 422, reason: 'Invalid', message: /strict decoding error: unknown field "bogus"$/ })
    assert.equal((await patch('merge', { bogus: 1 })).headers.warning, '299 - "unknown field \\"bogus\\""')
  })

  it('refuses patches that are none', async () => {
    const refusals: [keyof typeof types, string, string][] = [
      ['json', '{"op":"add"}', 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
      ['json', '[', 'error decoding patch: unexpected end of JSON input'],
      ['merge', '[1]', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
      ['merge', '', 'error decoding patch: unexpected end of JSON input'],
      ['strategic', '[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
      ['strategic', '{', 'unexpected end of JSON input'],
    ]
    for (const [type, body, message] of refusals)
      assertRefused(await patch(type, body), { code: 400, reason: 'BadRequest', message })
  })

  it('refuses formats that are none', async () => {
    const reply = await api.admin('PATCH', `${configMaps}/a`, {}, { 'content-type': 'application/json' })
    assertRefused(reply, { code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type' })
    assert.deepEqual(reply.body.details, {})
  })

  it('refuses force, which only apply has', async () => {
    const reply = await patch('merge', {}, '?force=true')
    const message = 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'
    assertRefused(reply, { code: 422, reason: 'Invalid', message })
  })

  it('does not make what is not there', async () => {
    const reply = await api.admin('PATCH', `${configMaps}/none`, {})
    assertRefused(reply, { code: 404, reason: 'NotFound', message: 'configmaps "none" not found' })
  })

  it('tries with dryRun=All and changes nothing', async () => {
    assert.deepEqual((await patch('merge', { data: { key: 'dry' } }, '?dryRun=All')).body.data, { key: 'dry' })
    assert.deepEqual((await api.admin('GET', `${configMaps}/a`)).body.data, { key: 'value' })
  })
})
