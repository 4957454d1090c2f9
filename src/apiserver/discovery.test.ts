import assert from 'node:assert/strict'
import { type Loose, startTestServer, type TestServer } from './testing.ts'

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

describe('discovery', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const get = async (path: string, accept = 'application/json'): Promise<Loose> =>
    (await api.admin('GET', path, undefined, { accept })).body

  it('lists the core version, and where to find the server', async () => {
    const { kind, versions, serverAddressByClientCIDRs } = await get('/api')
    assert.deepEqual([kind, versions], ['APIVersions', ['v1']])
    assert.deepEqual(serverAddressByClientCIDRs, [{ clientCIDR: '0.0.0.0/0', serverAddress: `192.0.2.1:${api.port}` }])
  })

  it('lists the groups, and each by itself', async () => {
    const { kind, groups } = await get('/apis')
    const apps = groups.find(({ name }: Loose) => name === 'apps')
    const version = { groupVersion: 'apps/v1', version: 'v1' }
    assert.deepEqual([kind, apps], ['APIGroupList', { name: 'apps', versions: [version], preferredVersion: version }])
    assert.deepEqual(await get('/apis/apps'), { kind: 'APIGroup', apiVersion: 'v1', ...apps })
  })

  it('lists the resources of a version, with their doors', async () => {
    const { kind, groupVersion, resources } = await get('/apis/apps/v1')
    assert.deepEqual([kind, groupVersion], ['APIResourceList', 'apps/v1'])
    const { storageVersionHash, ...deployments } = resources.find(({ name }: Loose) => name === 'deployments')
    assert.ok(storageVersionHash)
    assert.deepEqual(deployments, {
      name: 'deployments',
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
    })
    const scale = resources.find(({ name }: Loose) => name === 'deployments/scale')
    assert.deepEqual(scale, {
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    })
  })

  it('says it all in one answer to those who ask for the aggregated form', async () => {
    const { headers, body } = await api.admin('GET', '/apis', undefined, { accept: `${aggregated},application/json` })
    assert.equal(headers['content-type'], aggregated)
    assert.deepEqual([body.kind, body.apiVersion], ['APIGroupDiscoveryList', 'apidiscovery.k8s.io/v2'])
    const apps = body.items.find(({ metadata }: Loose) => metadata.name === 'apps')
    assert.equal(apps.versions[0].freshness, 'Current')
    const deployments = apps.versions[0].resources.find(({ resource }: Loose) => resource === 'deployments')
    assert.deepEqual(deployments.responseKind, { group: 'apps', version: 'v1', kind: 'Deployment' })
    assert.deepEqual(deployments.subresources.map(({ subresource }: Loose) => subresource).sort(), ['scale', 'status'])
    const core = await get('/api', aggregated)
    assert.ok(core.items[0].versions[0].resources.some(({ resource }: Loose) => resource === 'pods'))
  })

  it('tells only of groups and versions that there are', async () => {
    for (const path of ['/apis/none', '/apis/none/v1', '/apis/apps/v9', '/api/v2', '/api/v1/pods/x/y/z'])
      assert.equal((await api.admin('GET', path)).code, 404, path)
  })

  it('lists all paths at the root', async () => {
    const { paths } = await get('/')
    for (const path of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/healthz', '/openapi/v2', '/version'])
      assert.ok(paths.includes(path), path)
  })

  it('says which version it is', async () => {
    const { major, minor, gitVersion } = await get('/version')
    assert.deepEqual([major, minor, gitVersion], ['1', '36', 'v1.36.0'])
  })

  it('answers in YAML, and indented for people', async () => {
    assert.match((await api.admin('GET', '/version', undefined, { accept: 'application/yaml' })).text, /^gitVersion: v1\.36\.0$/m)
    assert.match((await api.admin('GET', '/version', undefined, { 'user-agent': 'curl/8.0' })).text, /^\{\n {2}"major": "1",\n/)
    assert.match((await api.admin('GET', '/version?pretty=1')).text, /\n/)
  })
})

describe('health', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const text = async (path: string): Promise<string> => {
    const { code, text, headers } = await api.anonymous('GET', path)
    assert.deepEqual([code, headers['content-type']], [200, 'text/plain; charset=utf-8'])
    return text
  }

  it('is ok, for everybody', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) assert.equal(await text(path), 'ok')
  })

  it('lists its checks with verbose, and leaves out those excluded', async () => {
    const lines = (await text('/readyz?verbose&exclude=etcd&exclude=none')).split('\n')
    assert.ok(lines.includes('[+]ping ok'))
    assert.ok(lines.includes('[+]etcd excluded: ok'))
    assert.ok(lines.includes('[+]informer-sync ok'))
    assert.deepEqual(lines.slice(-3), [
      'warn: some health checks cannot be excluded: no matches for "none"',
      'readyz check passed',
      '',
    ])
  })

  it('has a path for each check', async () => {
    for (const path of ['/livez/ping', '/readyz/etcd', '/healthz/poststarthook/rbac/bootstrap-roles']) {
      const { code, text } = await api.admin('GET', path)
      assert.deepEqual([code, text], [200, 'ok'])
    }
    assert.equal((await api.admin('GET', '/livez/none')).code, 404)
  })
})
