import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { hasCondition, namesOf, statusUpdate } from './harness/objects.ts'

conformance('sig-network', 'Services', {
  'should provide secure master service': async t => {
    const { spec } = await t.of('services', 'default').get('kubernetes')
    assert.ok(spec?.ports?.some(({ name, port }) => name === 'https' && port === 443))
  },

  'should find a service from listing all namespaces': async t => {
    const services = await t.of('services', '').items()
    assert.ok(services.some(({ metadata }) => metadata?.name === 'kubernetes' && metadata.namespace === 'default'))
  },

  'should delete a collection of services': async t => {
    const services = t.of('services')
    for (const [name, label, port] of [
      ['e2e-svc-a', 'delete', 8001],
      ['e2e-svc-b', 'delete', 8002],
      ['e2e-svc-c', 'keep', 8003],
    ] as const)
      await services.create({
        metadata: { name, labels: { 'e2e-test-service': label } },
        spec: { type: 'ClusterIP', ports: [{ name: 'http', protocol: 'TCP', port, targetPort: port }] },
      })
    assert.equal((await services.items()).length, 3)
    await services.deleteCollection('e2e-test-service=delete')
    assert.deepEqual(namesOf(await services.items()), ['e2e-svc-c'])
  },

  'should complete a service status lifecycle': async t => {
    const services = t.of('services')
    const selector = `test-service-static=${t.namespace}`
    const { metadata } = await t.of('services', '').list(selector)
    const watching = await services.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await services.create({
      metadata: { name: 'it', labels: { 'test-service-static': t.namespace } },
      spec: {
        type: 'LoadBalancer',
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }],
        loadBalancerClass: 'example.com/internal-vip',
      },
    })
    await watching.until('ADDED')
    assert.deepEqual((await services.get('it', 'status')).status?.loadBalancer, {})
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } }
    await services.patch('it', { metadata: { annotations: { patchedstatus: 'true' } }, status }, { of: 'status' })
    const patched = await watching.until('MODIFIED', it => it.metadata?.annotations?.patchedstatus === 'true')
    assert.equal(patched.status?.loadBalancer?.ingress?.[0]?.ip, '203.0.113.1')
    await services.change(
      'it',
      it => {
        it.status!.conditions = [
          { ...statusUpdate, reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ]
      },
      'status',
    )
    await watching.until('MODIFIED', it => hasCondition(it, statusUpdate))
    await services.patch('it', { metadata: { labels: { 'test-service': 'patched' } } }, { type: 'strategic' })
    await watching.until('MODIFIED', it => it.metadata?.labels?.['test-service'] === 'patched')
    await services.delete('it')
    await watching.until('DELETED')
  },

  'should test the lifecycle of an Endpoint': async t => {
    const endpoints = t.of('endpoints')
    const selector = `test-endpoint-static=${t.namespace}`
    const { metadata } = await t.of('endpoints', '').list(selector)
    const watching = await endpoints.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await endpoints.create({
      metadata: { name: 'testservice', labels: { 'test-endpoint-static': t.namespace } },
      subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
    })
    const added = await watching.until('ADDED')
    assert.equal(added.subsets?.[0]?.addresses?.[0]?.ip, '10.0.0.24')
    assert.equal((await t.of('endpoints', '').items(selector)).length, 1)
    await endpoints.change('testservice', it => {
      it.metadata!.labels!['test-service'] = 'updated'
    })
    await watching.until('MODIFIED', it => it.metadata?.labels?.['test-service'] === 'updated')
    const patch = {
      metadata: { labels: { 'test-service': 'patched' } },
      subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }],
    }
    await endpoints.patch('testservice', patch, { type: 'strategic' })
    await watching.until('MODIFIED', it => it.metadata?.labels?.['test-service'] === 'patched')
    const subset = (await endpoints.get('testservice')).subsets?.[0]
    assert.deepEqual(
      [subset?.addresses?.[0]?.ip, subset?.ports?.[0]],
      ['10.0.0.25', { name: 'http-test', port: 8080, protocol: 'TCP' }],
    )
    await endpoints.deleteCollection(selector)
    await watching.until('DELETED')
    await endpoints.isGone('testservice')
  },
})
