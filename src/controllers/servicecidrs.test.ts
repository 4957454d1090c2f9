import assert from 'node:assert/strict'
import { Service } from '#api/core/v1.ts'
import { ServiceCIDR } from '#api/networking/v1.ts'
import { absent, type TestCluster, testCluster } from './testing-cluster.ts'

describe('the controller of ServiceCIDRs', function () {
  this.timeout(60_000)
  let cluster: TestCluster
  before(async () => {
    cluster = await testCluster([])
  })
  after(() => cluster.stop())

  const more = { namespace: '', name: 'more' }
  const until = async (isSo: (range: ServiceCIDR) => boolean): Promise<ServiceCIDR> => {
    for (;;) {
      const range = await cluster.client.get(ServiceCIDR, more)
      if (isSo(range)) return range
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  it('says that one is ready, and keeps it as long as a Service has an address of it', async () => {
    const { client } = cluster
    await client.create(ServiceCIDR, { metadata: { name: 'more' }, spec: { cidrs: ['10.7.0.0/24'] } })
    const ready = await until(({ status }) => status?.conditions?.[0]?.status === 'True')
    assert.deepEqual(ready.metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer'])
    assert.equal(ready.status?.conditions?.[0]?.message, 'Kubernetes Service CIDR is ready')

    const web = { namespace: 'default', name: 'web' }
    await client.create(Service, { metadata: web, spec: { clusterIP: '10.7.0.9', ports: [{ port: 80 }] } })
    await client.delete(ServiceCIDR, more)
    const waiting = await until(({ status }) => status?.conditions?.[0]?.status === 'False')
    const { reason, message } = waiting.status!.conditions![0]!
    assert.equal(reason, 'Terminating')
    assert.match(message, /^There are still IPAddresses referencing the ServiceCIDR/)

    await client.delete(Service, web)
    await absent(client, ServiceCIDR, more)
  })
})
