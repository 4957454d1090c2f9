import assert from 'node:assert/strict'
import { Endpoints, Event, Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import type { Client } from '#client/client.ts'
import { eventually, type TestCluster, testCluster } from './testing-cluster.ts'

describe('mirroring Endpoints, against a real API server', () => {
  let cluster: TestCluster
  let client: Client
  before(async () => {
    cluster = await testCluster([])
    client = cluster.client
  })
  after(() => cluster.stop())

  const namespace = 'default'
  const slicesOf = async (name: string): Promise<EndpointSlice[]> =>
    (await client.list(EndpointSlice, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })).items
  const firstOf = (name: string): Promise<EndpointSlice> => eventually(async () => (await slicesOf(name))[0])
  const none = (name: string): Promise<boolean> => eventually(async () => (await slicesOf(name)).length === 0)
  const service = (name: string) => client.create(Service, { metadata: { namespace, name }, spec: { ports: [{ port: 80 }] } })
  const endpoints = (name: string, ...ips: string[]) =>
    client.create(Endpoints, {
      metadata: { namespace, name },
      subsets: [{ addresses: ips.map(ip => ({ ip })), ports: [{ port: 80 }] }],
    })

  it('waits for the Service, follows what is written, and ends with a selector', async () => {
    await endpoints('one', '10.1.2.3')
    await service('one')
    const { metadata } = await firstOf('one')
    assert.equal(metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslicemirroring-controller.k8s.io')
    assert.equal(metadata.ownerReferences?.[0]?.kind, 'Endpoints')
    const subsets = [{ addresses: [{ ip: '10.1.2.4' }], ports: [{ port: 80 }] }]
    await client.patch(Endpoints, { namespace, name: 'one' }, { type: 'merge', body: { subsets } })
    await eventually(async () => (await slicesOf('one'))[0]?.endpoints?.[0]?.addresses[0] === '10.1.2.4')
    const body = { spec: { selector: { app: 'none' } } }
    await client.patch(Service, { namespace, name: 'one' }, { type: 'merge', body })
    await eventually(async () => !(await slicesOf('one')).some(slice => slice.metadata.uid === metadata.uid))
  })

  it('takes its slices back when somebody deletes them, and away when the Endpoints go', async () => {
    await service('two')
    await endpoints('two', '10.1.2.3')
    const { metadata } = await firstOf('two')
    await client.delete(EndpointSlice, { namespace, name: metadata.name! })
    await eventually(async () => (await slicesOf('two')).some(({ metadata: { uid } }) => uid !== metadata.uid))
    await client.delete(Endpoints, { namespace, name: 'two' }, { propagation: 'Orphan' })
    await none('two')
  })

  it('goes with the Service', async () => {
    await service('three')
    await endpoints('three', '10.1.2.3')
    await firstOf('three')
    await client.delete(Service, { namespace, name: 'three' })
    await none('three')
  })

  it('tells in an event that there are too many addresses', async () => {
    await service('many')
    await endpoints('many', ...Array.from({ length: 1001 }, (_, n) => `10.2.${n >> 8}.${n % 256}`))
    await eventually(async () => (await slicesOf('many'))[0]?.endpoints?.length === 1000)
    const told = await eventually(async () => {
      const { items } = await client.list(Event, { namespace })
      return items.find(({ reason }) => reason === 'TooManyAddressesToMirror')
    })
    assert.equal(
      told.message,
      'A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped',
    )
  })
})
