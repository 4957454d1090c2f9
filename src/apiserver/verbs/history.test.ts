import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, startTestServer, type TestServer } from '#apiserver/testing.ts'

describe('the past', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const put = async (value: string): Promise<string> => {
    const { body } = await api.admin('PATCH', `${configMaps}/a`, { data: { key: value } })
    return body.metadata.resourceVersion
  }
  const get = (version: string) => api.admin('GET', `${configMaps}/a?resourceVersion=${version}&resourceVersionMatch=Exact`)
  const list = (version: string) => api.admin('GET', `${configMaps}?resourceVersion=${version}&resourceVersionMatch=Exact`)

  it('is answered by GET and LIST with an exact resourceVersion, until it is compacted', async () => {
    const created = (await api.admin('POST', configMaps, configMap('a', {}, { key: 'one' }))).body.metadata.resourceVersion
    const second = await put('two')
    await put('three')
    for (const [version, value] of [
      [created, 'one'],
      [second, 'two'],
    ]) {
      const { body } = await get(version)
      assert.deepEqual([body.data.key, body.metadata.resourceVersion], [value, version])
      const listed = (await list(version)).body
      assert.deepEqual([listed.items.at(-1).data.key, listed.metadata.resourceVersion], [value, version])
    }
    assert.equal((await get(`${Number(created) - 1}`)).code, 404)
    await api.storage.compact(Number(second))
    assert.equal((await get(second)).body.data.key, 'two')
    assertRefused(await get(created), { code: 410, reason: 'Expired', message: /too old/ })
    assertRefused(await list(created), { code: 410, reason: 'Expired', message: /too old/ })
    assertRefused(await get('nonsense'), { code: 422, reason: 'Invalid', message: /resourceVersion: Invalid value: "nonsense"/ })
  })
})
