import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, pod, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { Hindered } from '#storage/storage.ts'

const quotas = '/api/v1/namespaces/default/resourcequotas'
const pods = '/api/v1/namespaces/default/pods'

describe('quotas', () => {
  let api: TestServer
  beforeEach(async () => {
    api = await startTestServer()
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  })
  afterEach(() => api.stop())

  const limit = async (name: string, hard: object, spec: object = {}): Promise<void> => {
    const { body } = await api.admin('POST', quotas, { metadata: { name }, spec: { hard, ...spec } })
    const used = Object.fromEntries(Object.keys(hard).map(each => [each, '0']))
    const reply = await api.admin('PUT', `${quotas}/${name}/status`, { ...body, status: { hard, used } })
    assert.equal(reply.code, 200)
  }
  const used = async (name = 'q'): Promise<Record<string, string>> =>
    (await api.admin('GET', `${quotas}/${name}`)).body.status.used
  const asking = (name: string, requests: object, more: object = {}) =>
    pod(name, { containers: [{ name: 'main', image: 'x', resources: { requests } }], ...more })

  it('let exactly as many in as there may be, however many come at once', async () => {
    await limit('q', { pods: '50', 'count/configmaps': '10' })
    const replies = await Promise.all(Array.from({ length: 200 }, (_, n) => api.admin('POST', pods, pod(`p-${n}`))))
    const codes = replies.map(({ code }) => code)
    assert.equal(codes.filter(code => code === 201).length, 50)
    assert.equal(codes.filter(code => code === 403).length, 150)
    assert.equal((await used()).pods, '50')
    assert.equal((await api.admin('GET', pods)).body.items.length, 50)
    assertRefused(await api.admin('POST', pods, pod('late')), {
      code: 403,
      reason: 'Forbidden',
      message: 'pods "late" is forbidden: exceeded quota: q, requested: pods=1, used: pods=50, limited: pods=50',
    })
  })

  it('get back what is deleted, what has ended, and what was refused after it was counted', async () => {
    await limit('q', { pods: '2', 'count/pods': '5', 'count/configmaps': '5' })
    for (const name of ['a', 'b']) assert.equal((await api.admin('POST', pods, pod(name))).code, 201)
    assert.deepEqual(await used(), { pods: '2', 'count/pods': '2', 'count/configmaps': '0' })
    const { body } = await api.admin('GET', `${pods}/a`)
    await api.admin('PUT', `${pods}/a/status`, { ...body, status: { ...body.status, phase: 'Succeeded' } })
    assert.deepEqual(await used(), { pods: '1', 'count/pods': '2', 'count/configmaps': '0' })
    for (const name of ['a', 'b']) await api.admin('DELETE', `${pods}/${name}?gracePeriodSeconds=0`)
    assert.deepEqual(await used(), { pods: '0', 'count/pods': '0', 'count/configmaps': '0' })
    await Promise.all(Array.from({ length: 5 }, () => api.admin('POST', configMaps, configMap('same'))))
    assert.equal((await used())['count/configmaps'], '1')
  })

  it('keep account of what may yet have been written', async () => {
    await limit('q', { 'count/configmaps': '5' })
    const write = api.storage.write.bind(api.storage)
    for (const obstacle of ['undecided', 'unavailable'] as const) {
      api.storage.write = async change => {
        if (change.key.includes('/configmaps/')) throw new Hindered(obstacle, 'nobody answers')
        return write(change)
      }
      const { code } = await api.admin('POST', configMaps, configMap(obstacle))
      assert.equal(code, obstacle === 'undecided' ? 504 : 503)
      assert.equal((await used())['count/configmaps'], '1')
    }
  })

  it('count what pods ask for, and demand that they say it', async () => {
    await limit('q', { 'requests.cpu': '1', 'limits.memory': '1Gi' })
    const full = {
      containers: [{ name: 'main', image: 'x', resources: { requests: { cpu: '600m' }, limits: { memory: '512Mi' } } }],
    }
    assert.equal((await api.admin('POST', pods, pod('a', full))).code, 201)
    assert.deepEqual(await used(), { 'requests.cpu': '600m', 'limits.memory': '512Mi' })
    assertRefused(await api.admin('POST', pods, pod('b', full)), {
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    })
    assertRefused(await api.admin('POST', pods, asking('c', { cpu: '1m' })), {
      code: 403,
      reason: 'Forbidden',
      message: 'pods "c" is forbidden: failed quota: q: must specify limits.memory for: main',
    })
  })

  it('are about the pods in their scopes only', async () => {
    await limit('best', { pods: '1' }, { scopes: ['BestEffort'] })
    await limit('timed', { pods: '5' }, { scopes: ['Terminating'] })
    assert.equal((await api.admin('POST', pods, asking('a', { cpu: '1m' }))).code, 201)
    assert.equal((await api.admin('POST', pods, pod('b', { activeDeadlineSeconds: 9 }))).code, 201)
    assert.deepEqual([(await used('best')).pods, (await used('timed')).pods], ['1', '1'])
    assert.equal((await api.admin('POST', pods, pod('c'))).code, 403)
  })

  it('count any kind, and charge nothing for a dry run', async () => {
    await limit('q', { 'count/deployments.apps': '1' })
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    const selector = { matchLabels: { a: 'b' } }
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }
    const create = (name: string, query = '') =>
      api.admin('POST', deployments + query, { metadata: { name }, spec: { selector, template } })
    assert.equal((await create('dry', '?dryRun=All')).code, 201)
    assert.equal((await used())['count/deployments.apps'], '0')
    assert.equal((await create('one')).code, 201)
    assert.equal((await create('dry', '?dryRun=All')).code, 403)
    assert.equal((await create('two')).code, 403)
  })
})
