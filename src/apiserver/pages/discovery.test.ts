import assert from 'node:assert/strict'
import { type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { openFacts } from '#cluster/facts.ts'
import { decodeMessage, openEnvelope } from '#machinery/codec/decode.ts'

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
    const deployments = resources.find(({ name }: Loose) => name === 'deployments')
    assert.deepEqual(deployments, {
      name: 'deployments',
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
      storageVersionHash: '8aSe+NMegvE=',
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
    const names = body.items.map(({ metadata }: Loose) => metadata.name)
    assert.deepEqual(names.slice(0, 3), ['apiregistration.k8s.io', 'apps', 'events.k8s.io'])
    const [{ version, freshness, resources }] = body.items[1].versions
    assert.deepEqual([version, freshness], ['v1', 'Current'])
    const own = { group: '', version: '', kind: 'Deployment' }
    const verbs = ['get', 'patch', 'update']
    assert.deepEqual(
      resources.find(({ resource }: Loose) => resource === 'deployments'),
      {
        resource: 'deployments',
        responseKind: own,
        scope: 'Namespaced',
        singularResource: 'deployment',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['deploy'],
        categories: ['all'],
        subresources: [
          { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs },
          { subresource: 'status', responseKind: own, verbs },
        ],
      },
    )
    const core = await get('/api', aggregated)
    assert.deepEqual(core.items[0].metadata, {})
    assert.ok(core.items[0].versions[0].resources.some(({ resource }: Loose) => resource === 'pods'))
  })

  it('says it in an older version to older clients, and in protobuf', async () => {
    const beta = aggregated.replace('v2', 'v2beta1')
    const older = await api.admin('GET', '/apis', undefined, { accept: `application/yaml;q=0.1, ${beta}` })
    assert.equal(older.headers['content-type'], beta)
    assert.equal(older.body.apiVersion, 'apidiscovery.k8s.io/v2beta1')
    const packed = aggregated.replace('json', 'vnd.kubernetes.protobuf')
    const { headers, bytes } = await api.admin('GET', '/apis', undefined, { accept: packed })
    assert.equal(headers['content-type'], packed)
    const { apiVersion, kind, raw } = openEnvelope(bytes)
    assert.deepEqual([apiVersion, kind], ['apidiscovery.k8s.io/v2', 'APIGroupDiscoveryList'])
    const items = decodeMessage(raw, openFacts().message(apiVersion, kind)!).items as Loose[]
    assert.deepEqual(items[1].versions[0].resources.at(-1).shortNames, ['sts'])
  })

  it('does not say it again to those who have it', async () => {
    for (const path of ['/api', '/apis']) {
      const { headers } = await api.admin('GET', path, undefined, { accept: aggregated })
      assert.match(headers.etag!, /^"[0-9A-F]{128}"$/)
      assert.deepEqual([headers.vary, headers['cache-control']], ['Accept', 'public'])
      const again = await api.admin('GET', path, undefined, { accept: aggregated, 'if-none-match': headers.etag! })
      assert.deepEqual([again.code, again.text, again.headers.etag], [304, '', headers.etag])
    }
  })

  it('prefers the newest stable version of a group', async () => {
    const { versions, preferredVersion } = await get('/apis/autoscaling')
    assert.deepEqual([versions.map(({ version }: Loose) => version), preferredVersion.version], [['v2', 'v1'], 'v2'])
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

  it('answers in YAML, indented for people, and the core group without a version of its own', async () => {
    assert.match((await api.admin('GET', '/api', undefined, { accept: 'application/yaml' })).text, /^kind: APIVersions$/m)
    assert.match(
      (await api.admin('GET', '/apis', undefined, { 'user-agent': 'curl/8.0' })).text,
      /^\{\n {2}"kind": "APIGroupList",\n/,
    )
    assert.match((await api.admin('GET', '/version')).text, /^\{\n {2}"major": "1",\n/)
    assert.equal((await get('/api/v1')).apiVersion, undefined)
    assert.equal((await get('/apis/apps/v1')).apiVersion, 'v1')
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
