import assert from 'node:assert/strict'
import { configMap, startTestServer, type TestServer } from '#apiserver/testing.ts'
import type { Insider } from './inside.ts'

const path = '/api/v1/namespaces/default/configmaps'

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString()
}

describe('the way in for parts of the same process', () => {
  let api: TestServer
  let master: Insider
  const as = (name: string, groups: string[] = []): Insider => api.insider({ name, groups: [...groups, 'system:authenticated'] })

  before(async () => {
    api = await startTestServer()
    master = as('root', ['system:masters'])
  })
  after(() => api.stop())

  it('answers with the very bytes that come over the wire', async () => {
    const body = JSON.stringify(configMap('one', { namespace: 'default' }))
    const made = await master.send({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
    assert.equal(made.status, 201)
    const [inside, outside] = [await master.send({ method: 'GET', path: `${path}/one` }), await api.admin('GET', `${path}/one`)]
    assert.deepEqual([inside.status, inside.headers['content-type']], [200, 'application/json'])
    assert.equal(await textOf(inside.body), outside.text)
    const list = await master.send({ method: 'GET', path: `${path}?labelSelector=none` })
    assert.deepEqual(JSON.parse(await textOf(list.body)).items, [])
  })

  it('lets nobody do what they may not', async () => {
    const refused = await as('system:kube-scheduler').send({ method: 'GET', path: '/api/v1/namespaces/default/secrets' })
    assert.equal(refused.status, 403)
    assert.equal(JSON.parse(await textOf(refused.body)).reason, 'Forbidden')
  })

  it('never answers in the same turn of the event loop', async () => {
    let turned = false
    setImmediate(() => (turned = true))
    await master.send({ method: 'GET', path })
    assert.ok(turned)
  })

  it('lets watches flow until their reader turns away', async () => {
    const { status, body } = await master.send({ method: 'GET', path: `${path}?watch=1` })
    assert.equal(status, 200)
    for await (const chunk of body) {
      assert.match(Buffer.from(chunk).toString(), /^\{"type":"ADDED"/)
      break
    }
  })

  it('breaks off what a signal ends', async () => {
    const stop = new AbortController()
    const { body } = await master.send({ method: 'GET', path: `${path}?watch=1&resourceVersion=1` }, stop.signal)
    await assert.rejects(async () => {
      for await (const _ of body) stop.abort()
    })
    await assert.rejects(master.send({ method: 'GET', path }, stop.signal), { name: 'AbortError' })
  })
})
