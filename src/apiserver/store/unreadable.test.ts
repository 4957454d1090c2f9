import assert from 'node:assert/strict'
import { assertRefused, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { openMemory } from '#storage/memory.ts'
import { one, type Storage } from '#storage/storage.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const place = '/registry/configmaps/default/'
const object = (name: string): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default', uid: name } }))
const map = (name: string): object => ({ metadata: { name } })

describe('an object that cannot be read', () => {
  let storage: Storage
  let api: TestServer
  const put = async (name: string, value?: Uint8Array): Promise<void> => {
    const [entry] = (await storage.read(one(place + name))).entries
    assert.ok((await storage.write({ key: place + name, value, expected: entry?.revision ?? 0 })).written)
  }
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
  }
  const why = (what: string): Parameters<typeof assertRefused>[1] => ({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: unable to decode key "${place}${what}`,
  })
  const head = 'it does not begin with {"kind":"ConfigMap","apiVersion":"v1","metadata":{'

  beforeEach(async () => {
    storage = openMemory()
    await put('good', object('good'))
  })
  afterEach(async () => {
    await api.stop()
    await storage.close()
  })

  it('is named by whoever lists or watches its kind; other kinds, and other objects of it, are as ever', async () => {
    await put('bad', Buffer.from('k8s\0 of another'))
    api = await startTestServer({ storage })
    const refused = why(`bad": ${head}`)
    for (const path of [maps, '/api/v1/configmaps', `${maps}/bad`]) assertRefused(await api.admin('GET', path), refused)
    const { type, object: status } = (await api.admin('GET', `${maps}?watch=1`)).body
    assert.deepEqual([type, status.code, status.message], ['ERROR', refused.code, refused.message])
    assertRefused(await api.admin('PUT', `${maps}/bad`, map('bad')), refused)
    assertRefused(await api.admin('DELETE', `${maps}/bad`), refused)
    assertRefused(await api.admin('DELETE', `${maps}/bad?ignoreStoreReadErrorWithClusterBreakingPotential=true`), refused)

    assert.equal((await api.admin('GET', '/api/v1/namespaces/default/secrets')).code, 200)
    assert.equal((await api.admin('GET', `${maps}/good`)).body.metadata.uid, 'good')
    assert.equal((await api.admin('POST', maps, map('new'))).code, 201)
    assert.equal((await api.admin('PATCH', `${maps}/good`, { data: { a: 'b' } })).body.data.a, 'b')
    assert.equal((await api.admin('DELETE', `${maps}/good`)).code, 200)
    assert.equal((await api.admin('GET', `${maps}/good`)).code, 404)
    assert.deepEqual((await storage.read(one(`${place}bad`))).entries[0]?.value, Buffer.from('k8s\0 of another'))
  })

  it('that comes later takes nothing with it, and the kind is back when it is gone', async () => {
    api = await startTestServer({ storage })
    await put('bad', object('bad').subarray(0, -1))
    await settle()
    assert.match(
      (await api.admin('GET', maps)).body.message,
      /^Internal error occurred: unable to decode key "\/registry\/configmaps\/default\/bad": /,
    )
    assert.equal((await api.admin('POST', maps, map('new'))).code, 201)
    assert.equal((await api.admin('GET', maps)).code, 500)
    await put('bad')
    await settle()
    const { body } = await api.admin('GET', maps)
    assert.deepEqual(
      body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
      ['good', 'new'],
    )
  })
})
