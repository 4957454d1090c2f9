import assert from 'node:assert/strict'
import type { V1EndpointSlice } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Wire } from './harness/kinds.ts'
import { namesOf } from './harness/objects.ts'
import { idle, pod, podThat } from './harness/pods.ts'
import { tour } from './harness/tour.ts'
import type { Trial } from './harness/trial.ts'

const slicesOf = (t: Trial, service: string): Promise<Wire<V1EndpointSlice>[]> =>
  t.of('endpointslices').items(`kubernetes.io/service-name=${service}`)

/** Waits until the slices of a service have just these pods, each with just these ports. */
const slicesHave = (t: Trial, service: string, ports: Readonly<Record<string, number>>): Promise<void> =>
  eventually(async () => {
    const slices = await slicesOf(t, service)
    const found = slices.flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).map(it => [it.targetRef?.name, ports?.[0]?.port, it.addresses[0], it.nodeName] as const),
    )
    const pods = await t.of('pods').items()
    const wanted = pods
      .filter(it => ports[it.metadata!.name!] !== undefined)
      .map(it => [it.metadata!.name!, ports[it.metadata!.name!], it.status?.podIP, it.spec?.nodeName] as const)
    assert.deepEqual(found.sort(), wanted.sort())
    for (const { metadata, endpoints } of slices) {
      assert.equal(metadata?.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io')
      for (const { conditions } of endpoints ?? []) assert.equal(conditions?.ready, true)
    }
  })

conformance('sig-network', 'EndpointSlice', {
  'should have Endpoints and EndpointSlices pointing to API Server': async t => {
    const { subsets } = await t.of('endpoints', 'default').get('kubernetes')
    const addresses = subsets?.flatMap(it => it.addresses?.map(({ ip }) => ip) ?? []) ?? []
    assert.ok(addresses.length > 0)
    assert.ok(subsets?.every(({ ports }) => ports?.some(({ name }) => name === 'https')))
    const slices = await t.of('endpointslices', 'default').items('kubernetes.io/service-name=kubernetes')
    assert.deepEqual(
      slices.flatMap(({ endpoints }) => endpoints?.flatMap(it => it.addresses)),
      addresses,
    )
    assert.ok((await t.of('endpointslices', '').items()).length > 0)
  },

  'should create and delete Endpoints and EndpointSlices for a Service with a selector specified': async t => {
    await t.of('services').create({
      metadata: { name: 'example-empty-selector' },
      spec: { selector: { 'does-not-match-anything': 'still' }, ports: [{ name: 'example', port: 80, protocol: 'TCP' }] },
    })
    await eventually(() => t.of('endpoints').get('example-empty-selector'))
    const [slice] = await eventually(async () => {
      const slices = await slicesOf(t, 'example-empty-selector')
      assert.equal(slices.length, 1)
      return slices
    })
    assert.equal(slice?.metadata?.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io')
    assert.deepEqual(slice?.endpoints ?? [], [])
    await t.of('services').delete('example-empty-selector')
    await eventually(async () => assert.deepEqual(await slicesOf(t, 'example-empty-selector'), []), 90_000)
    await eventually(() => t.of('endpoints').isGone('example-empty-selector'))
  },

  'should create Endpoints and EndpointSlices for Pods matching a Service': async t => {
    const ports = [
      [{ name: 'example-name', containerPort: 3000 }],
      [
        { name: 'example-name', containerPort: 3001 },
        { name: 'other-port', containerPort: 3002 },
      ],
    ]
    for (const [index, name] of ['pod1', 'pod2'].entries())
      await t.of('pods').create(pod(name, { containers: [idle({ ports: ports[index]! })] }, { [name]: 'on', shared12: 'on' }))
    const service = (name: string, selector: string, targetPort: number | string): Promise<unknown> =>
      t.of('services').create({
        metadata: { name },
        spec: {
          selector: { [selector]: 'on' },
          publishNotReadyAddresses: true,
          ports: [{ name: 'http', port: 80, targetPort, protocol: 'TCP' }],
        },
      })
    await service('example-int-port', 'pod1', 3000)
    await service('example-named-port', 'shared12', 'example-name')
    for (const name of ['pod1', 'pod2']) await podThat(t, name, it => assert.ok(it.status?.podIPs?.length))
    await slicesHave(t, 'example-int-port', { pod1: 3000 })
    await slicesHave(t, 'example-named-port', { pod1: 3000, pod2: 3001 })
    const before = namesOf(await slicesOf(t, 'example-named-port'))
    await t.of('endpointslices').deleteCollection('kubernetes.io/service-name=example-named-port')
    await eventually(async () => {
      const now = namesOf(await slicesOf(t, 'example-named-port'))
      assert.ok(now.length > 0 && now.every(name => !before.includes(name)))
    })
    await slicesHave(t, 'example-named-port', { pod1: 3000, pod2: 3001 })
  },

  'should support creating EndpointSlice API operations': async t => {
    const endpoints = [{ addresses: ['1.2.3.4', '5.6.7.8'] }, { addresses: ['2.2.3.4', '6.6.7.8'] }]
    await tour(t, 'endpointslices', (name, labels) => ({ metadata: { name, labels }, addressType: 'IPv4', endpoints }), {
      everywhere: true,
    })
  },
})

conformance('sig-network', 'EndpointSliceMirroring', {
  'should mirror a custom Endpoints resource through create update and delete': async t => {
    const mirrored = async (test: (slices: Wire<V1EndpointSlice>[]) => void): Promise<void> =>
      eventually(async () => test(await slicesOf(t, 'example-custom-endpoints')), 12_000)
    const addresses = (ip: string) => [{ addresses: [{ ip }], ports: [{ port: 80, protocol: 'TCP' }] }]
    await t.of('services').create({
      metadata: { name: 'example-custom-endpoints' },
      spec: { ports: [{ name: 'example', port: 80, protocol: 'TCP' }] },
    })
    await t.of('endpoints').create({ metadata: { name: 'example-custom-endpoints' }, subsets: addresses('10.1.2.3') })
    await mirrored(([slice]) => {
      assert.deepEqual(slice?.endpoints?.[0]?.addresses, ['10.1.2.3'])
      assert.equal(
        slice?.metadata?.labels?.['endpointslice.kubernetes.io/managed-by'],
        'endpointslicemirroring-controller.k8s.io',
      )
    })
    await t.of('endpoints').change('example-custom-endpoints', it => {
      it.subsets = addresses('10.2.3.4')
    })
    await mirrored(([slice]) => assert.deepEqual(slice?.endpoints?.[0]?.addresses, ['10.2.3.4']))
    await t.of('endpoints').delete('example-custom-endpoints')
    await mirrored(slices => assert.deepEqual(slices, []))
  },
})
