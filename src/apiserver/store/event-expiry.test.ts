import assert from 'node:assert/strict'
import { HandClock, startTestServer, type TestServer } from '#apiserver/testing.ts'

const minute = 60_000
const events = '/api/v1/namespaces/default/events'

describe('Events', () => {
  let api: TestServer
  let clock: HandClock
  before(async () => {
    clock = new HandClock()
    api = await startTestServer({ clock })
  })
  after(() => api.stop())

  const names = async (): Promise<string[]> => {
    const { body } = await api.admin('GET', events)
    return body.items.map((item: { metadata: { name: string } }) => item.metadata.name)
  }

  it('are gone an hour after they were last written', async () => {
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'a' }
    for (const name of ['once', 'again'])
      assert.equal((await api.admin('POST', events, { metadata: { name }, involvedObject, reason: 'Tested' })).code, 201)
    clock.pass(50 * minute)
    await api.admin('PATCH', `${events}/again`, { count: 2, lastTimestamp: clock.now().toISOString().replace(/\.\d+/, '') })
    assert.deepEqual(await names(), ['again', 'once'])
    clock.pass(11 * minute)
    while ((await names()).length > 1) await new Promise(setImmediate)
    assert.deepEqual(await names(), ['again'])
  })
})
