import assert from 'node:assert/strict'
import { assertRefused, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1'

describe('what every cluster has from its first moment', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())
  const get = async (path: string): Promise<Loose> => (await api.admin('GET', path)).body
  const names = ({ items }: Loose): string[] => items.map(({ metadata }: Loose) => metadata.name)

  it('an APIService for each group version that it serves itself, with its place among them', async () => {
    const list = await get('/apis/apiregistration.k8s.io/v1/apiservices')
    assert.ok(names(list).includes('v1.') && names(list).includes('v2.autoscaling') && names(list).includes('v1.events.k8s.io'))
    assert.ok(!names(list).includes('v1.apiregistration.k8s.io'))
    const apps = list.items.find(({ metadata }: Loose) => metadata.name === 'v1.apps')
    assert.deepEqual(apps.spec, { group: 'apps', version: 'v1', groupPriorityMinimum: 17800, versionPriority: 15 })
    const { lastTransitionTime: _, ...available } = apps.status.conditions[0]
    const message = 'Local APIServices are always available'
    assert.deepEqual(available, { type: 'Available', status: 'True', reason: 'Local', message })
  })

  it('the flow schemas and priority levels that upstream begins with', async () => {
    assert.deepEqual(names(await get(`${flowControl}/prioritylevelconfigurations`)), [
      'catch-all',
      'exempt',
      'global-default',
      'leader-election',
      'node-high',
      'system',
      'workload-high',
      'workload-low',
    ])
    const { items } = await get(`${flowControl}/flowschemas`)
    assert.equal(items.length, 11)
    assert.equal(items.find(({ metadata }: Loose) => metadata.name === 'probes').spec.matchingPrecedence, 2)
  })

  it('of those some must stay as they are', async () => {
    const schema = await get(`${flowControl}/flowschemas/catch-all`)
    schema.spec.matchingPrecedence = 9999
    const reply = await api.admin('PUT', `${flowControl}/flowschemas/catch-all`, schema)
    assertRefused(reply, {
      code: 422,
      reason: 'Invalid',
      message:
        /FlowSchema.flowcontrol.apiserver.k8s.io "catch-all" is invalid: spec: Invalid value: .*: spec of 'catch-all' must equal the fixed value/,
    })
  })

  it('tells of each flow schema whether its priority level is there', async () => {
    const watching = await api.watch(`${flowControl}/flowschemas?watch=1&fieldSelector=metadata.name%3Dlost`)
    const spec = { priorityLevelConfiguration: { name: 'nowhere' } }
    await api.admin('POST', `${flowControl}/flowschemas`, { metadata: { name: 'lost' }, spec })
    for (let event = await watching.next(); ; event = await watching.next()) {
      const condition = event!.object.status.conditions?.[0]
      if (!condition) continue
      assert.deepEqual([condition.type, condition.status, condition.reason], ['Dangling', 'True', 'NotFound'])
      break
    }
    watching.close()
  })

  it('the range of its Services, and an IPAddress for each address that one has', async () => {
    const range = await get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes')
    assert.deepEqual(range.spec.cidrs, ['10.96.0.0/16'])
    assert.equal(range.status.conditions[0].message, 'Kubernetes default Service CIDR is ready')
    const watching = await api.watch(
      '/apis/networking.k8s.io/v1/ipaddresses?watch=1&labelSelector=ipaddress.kubernetes.io/ip-family%3DIPv4',
    )
    assert.equal((await watching.next())?.object.metadata.name, '10.96.0.1')
    const services = '/api/v1/namespaces/default/services'
    const { body } = await api.admin('POST', services, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } })
    const added = await watching.next()
    assert.deepEqual([added?.type, added?.object.metadata.name], ['ADDED', body.spec.clusterIP])
    assert.deepEqual(added?.object.spec.parentRef, { resource: 'services', namespace: 'default', name: 'web' })
    await api.admin('DELETE', `${services}/web`)
    const gone = await watching.next()
    assert.deepEqual([gone?.type, gone?.object.metadata.name], ['DELETED', body.spec.clusterIP])
    watching.close()
  })

  it('the states of its components, with a warning that they are a thing of the past', async () => {
    const { body, headers } = await api.admin('GET', '/api/v1/componentstatuses')
    assert.deepEqual([body.kind, names(body)], ['ComponentStatusList', ['scheduler', 'controller-manager', 'etcd-0']])
    assert.deepEqual(body.items[2].conditions, [{ type: 'Healthy', status: 'True', message: 'ok' }])
    assert.equal(headers.warning, '299 - "v1 ComponentStatus is deprecated in v1.19+"')
    assert.equal((await get('/api/v1/componentstatuses/etcd-0')).metadata.name, 'etcd-0')
    assert.equal((await api.admin('GET', '/api/v1/componentstatuses/lost')).code, 404)
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const { body: table } = await api.admin('GET', '/api/v1/componentstatuses', undefined, { accept })
    assert.deepEqual(table.rows[2].cells, ['etcd-0', 'Healthy', 'ok', ''])
  })

  it('the old collection of bindings: one posted there binds the pod of its name', async () => {
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    const containers = [{ name: 'a', image: 'a' }]
    assert.equal(
      (await api.admin('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers } })).code,
      201,
    )
    const binding = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } }
    const reply = await api.admin('POST', '/api/v1/namespaces/default/bindings', binding)
    assert.deepEqual([reply.code, reply.body.status], [201, 'Success'])
    assert.equal((await get('/api/v1/namespaces/default/pods/p')).spec.nodeName, 'n1')
  })
})
