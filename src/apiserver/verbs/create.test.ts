import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, startTestServer, type TestServer } from '#apiserver/testing.ts'

describe('create', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  it('answers 201 and the object, with uid, creationTimestamp, namespace and resourceVersion', async () => {
    const { code, body } = await api.admin('POST', configMaps, configMap('first'))
    assert.equal(code, 201)
    const { uid, creationTimestamp, resourceVersion, managedFields, ...metadata } = body.metadata
    assert.match(uid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.match(creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.ok(Number(resourceVersion) > 0)
    assert.equal(managedFields.length, 1)
    assert.deepEqual({ ...body, metadata }, configMap('first', { namespace: 'default' }))
    assert.deepEqual((await api.admin('GET', `${configMaps}/first`)).body, body)
  })

  it('refuses a second object of the same name', async () => {
    await api.admin('POST', configMaps, configMap('twice'))
    const reply = await api.admin('POST', configMaps, configMap('twice'))
    assertRefused(reply, { code: 409, reason: 'AlreadyExists', message: 'configmaps "twice" already exists' })
    assert.deepEqual(reply.body.details, { name: 'twice', kind: 'configmaps' })
  })

  it('lets only one of many that create the same name at once through', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => api.admin('POST', configMaps, configMap('race'))))
    assert.deepEqual(replies.map(({ code }) => code).sort(), [201, ...Array(9).fill(409)])
  })

  it('makes up a name from generateName', async () => {
    const generated = { ...configMap(''), metadata: { generateName: 'made-' } }
    const names = await Promise.all(
      Array.from({ length: 5 }, async () => (await api.admin('POST', configMaps, generated)).body.metadata.name),
    )
    for (const name of names) assert.match(name, /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    assert.equal(new Set(names).size, 5)
  })

  it('cuts a long generateName so that the name fits', async () => {
    const { body } = await api.admin('POST', configMaps, { metadata: { generateName: 'x'.repeat(70) } })
    assert.equal(body.metadata.name.length, 63)
  })

  it('takes a body that does not say its kind at the word of the path', async () => {
    const { code, body } = await api.admin('POST', configMaps, { metadata: { name: 'untyped' } })
    assert.equal(code, 201)
    assert.equal(`${body.apiVersion} ${body.kind}`, 'v1 ConfigMap')
  })

  it('takes YAML', async () => {
    const yaml = 'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: yaml\ndata: {mode: "0644"}\n'
    const { code, body } = await api.admin('POST', configMaps, yaml, { 'content-type': 'application/yaml' })
    assert.equal(code, 201)
    assert.deepEqual(body.data, { mode: '0644' })
  })

  it("does not let a client say what is the server's to say", async () => {
    const lies = {
      uid: 'mine',
      creationTimestamp: '2001-01-01T00:00:00Z',
      deletionTimestamp: '2001-01-01T00:00:00Z',
      selfLink: '/x',
      generation: 7,
    }
    const { body } = await api.admin('POST', configMaps, configMap('liar', lies))
    assert.notEqual(body.metadata.uid, 'mine')
    assert.ok(body.metadata.creationTimestamp > '2020')
    for (const field of ['deletionTimestamp', 'selfLink', 'generation']) assert.equal(body.metadata[field], undefined)
  })

  it('refuses a resourceVersion', async () => {
    const reply = await api.admin('POST', configMaps, configMap('versioned', { resourceVersion: '5' }))
    assertRefused(reply, {
      code: 400,
      reason: 'BadRequest',
      message: 'resourceVersion should not be set on objects to be created',
    })
  })

  it('makes nothing in a namespace that is not there', async () => {
    const reply = await api.admin('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('lost'))
    assertRefused(reply, { code: 404, reason: 'NotFound', message: 'namespaces "nowhere" not found' })
  })

  it('makes nothing in a namespace that is going away', async () => {
    await api.admin('POST', '/api/v1/namespaces', { metadata: { name: 'leaving' } })
    assert.equal((await api.admin('DELETE', '/api/v1/namespaces/leaving')).body.status.phase, 'Terminating')
    const reply = await api.admin('POST', '/api/v1/namespaces/leaving/configmaps', configMap('late'))
    const message =
      'configmaps "late" is forbidden: unable to create new content in namespace leaving because it is being terminated'
    assertRefused(reply, { code: 403, reason: 'Forbidden', message })
    assert.equal(reply.body.details.causes[0].reason, 'NamespaceTerminating')
  })

  describe('with dryRun=All', () => {
    it('answers what would be, without a resourceVersion, and stores nothing', async () => {
      const { code, body } = await api.admin('POST', `${configMaps}?dryRun=All`, configMap('dry'))
      assert.equal(code, 201)
      assert.ok(body.metadata.uid)
      assert.equal(body.metadata.resourceVersion, undefined)
      assert.equal((await api.admin('GET', `${configMaps}/dry`)).code, 404)
    })

    it('refuses what would be refused', async () => {
      const reply = await api.admin('POST', `${configMaps}?dryRun=All`, configMap('Dry'))
      assertRefused(reply, {
        code: 422,
        reason: 'Invalid',
        message: /^ConfigMap "Dry" is invalid: metadata\.name: Invalid value: "Dry"/,
      })
    })
  })

  describe('with fields that the kind does not have, or that come twice', () => {
    const body = '{"metadata":{"name":"NAME","extra":1},"data":{"a":"1","a":"2"},"bogus":{}}'
    const send = (how: string, name: string) =>
      api.admin('POST', `${configMaps}?fieldValidation=${how}`, body.replace('NAME', name))

    it('warns of them in the order of the text, and drops them', async () => {
      const { code, headers, body } = await send('Warn', 'warned')
      assert.equal(code, 201)
      const said = ['unknown field \\"metadata.extra\\"', 'duplicate field \\"data.a\\"', 'unknown field \\"bogus\\"']
      assert.equal(headers.warning, said.map(each => `299 - "${each}"`).join(', '))
      assert.deepEqual([body.data, body.bogus, body.metadata.extra], [{ a: '2' }, undefined, undefined])
    })

    it('warns where nothing is asked for', async () => {
      assert.match(
        String((await api.admin('POST', configMaps, { ...configMap('default-warn'), x: 1 })).headers.warning),
        /unknown field \\"x\\"/,
      )
    })

    it('is silent with Ignore', async () => {
      const { code, headers } = await send('Ignore', 'ignored')
      assert.deepEqual([code, headers.warning], [201, undefined])
    })

    it('refuses them with Strict', async () => {
      const message =
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.extra", duplicate field "data.a", unknown field "bogus"'
      assertRefused(await send('Strict', 'strict'), { code: 400, reason: 'BadRequest', message })
      assert.equal((await api.admin('GET', `${configMaps}/strict`)).code, 404)
    })
  })
})
