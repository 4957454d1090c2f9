import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

describe('update', () => {
  let api: TestServer
  let made: Loose
  before(async () => {
    api = await startTestServer()
  })
  beforeEach(async () => {
    await api.admin('DELETE', `${configMaps}/a`)
    made = (await api.admin('POST', configMaps, configMap('a'))).body
  })
  after(() => api.stop())

  const put = (body: unknown, query = '') => api.admin('PUT', `${configMaps}/a${query}`, body)

  it('replaces the object and gives it a new resourceVersion', async () => {
    const { code, body } = await put({ ...made, data: { other: 'x' } })
    assert.equal(code, 200)
    assert.deepEqual(body.data, { other: 'x' })
    assert.ok(Number(body.metadata.resourceVersion) > Number(made.metadata.resourceVersion))
    assert.deepEqual([body.metadata.uid, body.metadata.creationTimestamp], [made.metadata.uid, made.metadata.creationTimestamp])
  })

  it('writes nothing when nothing changes', async () => {
    assert.deepEqual((await put(made)).body, made)
  })

  it('takes an update without a resourceVersion, whatever is there', async () => {
    assert.equal((await put(configMap('a', {}, { forced: 'yes' }))).code, 200)
  })

  it('refuses one that is made from an older version', async () => {
    await put({ ...made, data: { first: 'x' } })
    const reply = await put({ ...made, data: { second: 'x' } })
    const message =
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again'
    assertRefused(reply, { code: 409, reason: 'Conflict', message })
    assert.deepEqual((await api.admin('GET', `${configMaps}/a`)).body.data, { first: 'x' })
  })

  it('lets only one of many that update the same version at once through', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => put({ ...made, data: { n: String(n) } })))
    assert.deepEqual(replies.map(({ code }) => code).sort(), [200, ...Array(7).fill(409)])
  })

  it('refuses an object that has been deleted and made again: the uid is another', async () => {
    const reply = await put(configMap('a', { uid: 'another' }))
    const key = '/registry/configmaps/default/a'
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: another, UID in object meta: ${made.metadata.uid}`
    assertRefused(reply, { code: 409, reason: 'Conflict', message: `Operation cannot be fulfilled on configmaps "a": ${why}` })
  })

  it('refuses an object of another name or namespace than the path', async () => {
    const refusals: [Loose, string][] = [
      [configMap('b'), 'the name of the object (b) does not match the name on the URL (a)'],
      [
        { kind: 'ConfigMap', apiVersion: 'v1' },
        'the name of the object (a based on URL) was undeterminable: name must be provided',
      ],
      [
        configMap('a', { namespace: 'other' }),
        'the namespace of the provided object does not match the namespace sent on the request',
      ],
    ]
    for (const [body, message] of refusals) assertRefused(await put(body), { code: 400, reason: 'BadRequest', message })
  })

  it('does not make what is not there', async () => {
    const reply = await api.admin('PUT', `${configMaps}/none`, configMap('none'))
    assertRefused(reply, { code: 404, reason: 'NotFound', message: 'configmaps "none" not found' })
  })

  it('makes what is not there of kinds that say so', async () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/new'
    const { code } = await api.admin('PUT', lease, { metadata: { name: 'new' }, spec: { holderIdentity: 'me' } })
    assert.equal(code, 201)
  })

  it('keeps immutable things as they are', async () => {
    const frozen = await put({ ...made, immutable: true })
    const reply = await put({ ...frozen.body, data: { key: 'changed' } })
    assertRefused(reply, {
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    })
  })

  it('tries with dryRun=All and changes nothing', async () => {
    const { code, body } = await put({ ...made, data: { dry: 'run' } }, '?dryRun=All')
    assert.deepEqual([code, body.data], [200, { dry: 'run' }])
    assert.deepEqual((await api.admin('GET', `${configMaps}/a`)).body, made)
  })

  it('counts generations of the spec, not of status or labels', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const { body } = await api.admin('POST', path, {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { app: 'd' } }, template },
    })
    assert.equal(body.metadata.generation, 1)
    const labelled = await api.admin('PUT', `${path}/d`, { ...body, metadata: { ...body.metadata, labels: { x: 'y' } } })
    assert.equal(labelled.body.metadata.generation, 1)
    const scaled = await api.admin('PUT', `${path}/d`, {
      ...labelled.body,
      spec: { ...body.spec, replicas: 3 },
      status: { replicas: 9 },
    })
    assert.deepEqual([scaled.body.metadata.generation, scaled.body.status.replicas ?? 0], [2, 0])
  })
})
