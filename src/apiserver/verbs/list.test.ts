import assert from 'node:assert/strict'
import {
  assertRefused,
  configMap,
  configMaps,
  type Loose,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'

const names = ({ body }: Reply): string[] => body.items.map(({ metadata }: Loose) => metadata.name)

describe('list', () => {
  let api: TestServer
  let full: Loose
  before(async () => {
    api = await startTestServer()
    // Or there would be more than is made here.
    await api.admin('DELETE', '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking')
    for (const namespace of ['other', 'zoo']) await api.admin('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await api.admin('POST', configMaps, configMap(name, { labels: { vowel: String('ae'.includes(name)) } }))
    for (const namespace of ['other', 'zoo'])
      await api.admin('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(`in-${namespace}`))
    full = (await list('')).body
  })
  after(() => api.stop())

  const list = (query: string, path = configMaps): Promise<Reply> => api.admin('GET', `${path}?${query}`)

  it('answers a namespace in the order of names, at one resourceVersion; items leave kind and apiVersion to the list', async () => {
    assert.deepEqual([full.kind, full.apiVersion], ['ConfigMapList', 'v1'])
    assert.deepEqual(
      full.items.map(({ metadata }: Loose) => metadata.name),
      ['a', 'b', 'c', 'd', 'e'],
    )
    assert.deepEqual(Object.keys(full.items[0]), ['metadata', 'data'])
    assert.ok(Number(full.metadata.resourceVersion) >= Number(full.items[4].metadata.resourceVersion))
    assert.equal(full.metadata.continue, undefined)
  })

  it('answers all namespaces, in the order of their names', async () => {
    assert.deepEqual(names(await list('', '/api/v1/configmaps')), ['a', 'b', 'c', 'd', 'e', 'in-other', 'in-zoo'])
  })

  it('answers an empty list as one', async () => {
    const { body } = await list('', '/api/v1/namespaces/nowhere/configmaps')
    assert.deepEqual(body.items, [])
  })

  it('selects by labels', async () => {
    assert.deepEqual(names(await list('labelSelector=vowel%3Dtrue')), ['a', 'e'])
    assert.deepEqual(names(await list(`labelSelector=${encodeURIComponent('vowel notin (true),vowel')}`)), ['b', 'c', 'd'])
    assert.deepEqual(names(await list('labelSelector=!vowel', '/api/v1/configmaps')), ['in-other', 'in-zoo'])
  })

  it('selects by fields', async () => {
    assert.deepEqual(names(await list('fieldSelector=metadata.name%3Dc')), ['c'])
    assert.deepEqual(names(await list('fieldSelector=metadata.name!%3Dc')), ['a', 'b', 'd', 'e'])
    assert.deepEqual(names(await list('fieldSelector=metadata.namespace%3Dzoo', '/api/v1/configmaps')), ['in-zoo'])
  })

  describe('in pages', () => {
    const pages = async (query: string, path?: string, between?: () => Promise<unknown>): Promise<Reply[]> => {
      const replies = [await list(query, path)]
      for (let token = replies[0]!.body.metadata.continue; token; token = replies.at(-1)!.body.metadata.continue) {
        await between?.()
        replies.push(await list(`${query}&continue=${token}`, path))
      }
      return replies
    }

    it('gives limit items at a time, and says how many remain', async () => {
      const all = await pages('limit=2')
      assert.deepEqual(all.map(names), [['a', 'b'], ['c', 'd'], ['e']])
      assert.deepEqual(
        all.map(({ body }) => body.metadata.remainingItemCount),
        [3, 1, undefined],
      )
    })

    it('shows what there was at the first page, whatever is written meanwhile', async () => {
      let n = 0
      const all = await pages('limit=2', '/api/v1/configmaps', async () => {
        await api.admin('POST', '/api/v1/namespaces/zoo/configmaps', configMap(`new-${n++}`))
        await api.admin('DELETE', `${configMaps}/e`)
      })
      await api.admin('POST', configMaps, configMap('e', { labels: { vowel: 'true' } }))
      assert.deepEqual(all.flatMap(names), ['a', 'b', 'c', 'd', 'e', 'in-other', 'in-zoo'])
      assert.equal(new Set(all.map(({ body }) => body.metadata.resourceVersion)).size, 1)
      for (; n > 0; n--) await api.admin('DELETE', `/api/v1/namespaces/zoo/configmaps/new-${n - 1}`)
    })

    it('fills pages with what a selector selects, and does not say how many remain', async () => {
      const all = await pages('limit=1&labelSelector=vowel%3Dfalse')
      assert.deepEqual(all.map(names), [['b'], ['c'], ['d']])
      for (const { body } of all) assert.equal(body.metadata.remainingItemCount, undefined)
    })

    it('answers 410 when the revision of the first page is forgotten', async () => {
      const { continue: token, resourceVersion } = (await list('limit=2')).body.metadata
      await api.admin('PATCH', `${configMaps}/a`, { data: { more: 'x' } })
      const { revision } = await api.storage.read({ start: '/', end: '0' }, { limit: 1 })
      await api.storage.compact(revision)
      const late = await list(`limit=2&continue=${token}`)
      assertRefused(late, {
        code: 410,
        reason: 'Expired',
        message:
          'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      })
      await api.admin('POST', configMaps, configMap('bb'))
      const rest = await list(`limit=2&continue=${late.body.metadata.continue}`)
      await api.admin('DELETE', `${configMaps}/bb`)
      assert.deepEqual(names(rest), ['bb', 'c'])
      assert.ok(Number(rest.body.metadata.resourceVersion) > revision)
      assert.deepEqual(names(await list(`limit=2&continue=${rest.body.metadata.continue}`)), ['d', 'e'])
      const exact = await list(`resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)
      assertRefused(exact, { code: 410, reason: 'Expired', message: 'The resourceVersion for the provided list is too old.' })
    })

    it('refuses tokens that it did not make, also those that lead out of the namespace', async () => {
      const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
      const bad = [
        '%',
        '!!',
        'xx',
        token(5),
        token({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
        token({ v: 'meta.k8s.io/v1', rv: 1 }),
        token({ v: 'v2', rv: 1, start: 'a' }),
        token({ v: 'meta.k8s.io/v1', rv: 1, start: '../other/a' }),
      ]
      for (const each of bad)
        assertRefused(await list(`continue=${encodeURIComponent(each)}`), {
          code: 400,
          reason: 'BadRequest',
          message: /^invalid continue token: continue key is not valid: /,
        })
      const { resourceVersion } = (await list('')).body.metadata
      const inside = await list(
        `continue=${token({ v: 'meta.k8s.io/v1', rv: Number(resourceVersion), start: 'a\0' })}`,
        '/api/v1/namespaces/zoo/configmaps',
      )
      assert.deepEqual(names(inside), ['in-zoo'])
    })
  })

  describe('at a resourceVersion', () => {
    let then: string
    before(async () => {
      then = (await list('')).body.metadata.resourceVersion
      await api.admin('POST', configMaps, configMap('later'))
    })
    after(() => api.admin('DELETE', `${configMaps}/later`))

    const sees = async (query: string): Promise<boolean> => names(await list(query.replace('BEFORE', then))).includes('later')

    it('shows the newest where none is given, and anything at all with 0', async () => {
      assert.equal(await sees(''), true)
      const { code, body } = await list('resourceVersion=0&limit=1')
      assert.deepEqual([code, body.metadata.continue], [200, undefined])
    })

    it('shows something at least as new, or just this', async () => {
      assert.equal(await sees('resourceVersion=BEFORE'), true)
      assert.equal(await sees('resourceVersion=BEFORE&resourceVersionMatch=NotOlderThan'), true)
      assert.equal(await sees('resourceVersion=BEFORE&resourceVersionMatch=NotOlderThan&limit=50'), true)
      assert.equal(await sees('resourceVersion=BEFORE&resourceVersionMatch=Exact'), false)
      assert.equal(await sees('resourceVersion=BEFORE&limit=50'), false)
      assert.equal((await list(`resourceVersion=${then}&resourceVersionMatch=Exact`)).body.metadata.resourceVersion, then)
    })

    it('refuses one that has not come', async () => {
      const reply = await list('resourceVersion=99999999&resourceVersionMatch=Exact')
      assertRefused(reply, {
        code: 504,
        reason: 'Timeout',
        message: /^Timeout: Too large resource version: 99999999, current: \d+$/,
      })
      assert.equal(reply.body.details.causes[0].reason, 'ResourceVersionTooLarge')
      assert.equal(reply.headers['retry-after'], '1')
    })
  })
})
