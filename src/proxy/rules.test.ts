import assert from 'node:assert/strict'
import type { Service } from '#api/core/v1.ts'
import type { EndpointSlice } from '#api/discovery/v1.ts'
import { rulesOf } from './rules.ts'

const here = { nodes: ['node-1'], zone: 'a' }

const service = (spec: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.5',
    clusterIPs: ['10.96.0.5'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    ...spec,
  },
})

interface End {
  address: string
  node?: string
  ready?: boolean
  serving?: boolean
  terminating?: boolean
  hints?: object
}

const slice = (...ends: End[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'default', name: 'web-1' },
  addressType: 'IPv4',
  endpoints: ends.map(({ address, node = 'node-2', hints, ...conditions }) => ({
    addresses: [address],
    nodeName: node,
    conditions,
    ...(hints && { hints }),
  })),
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
})

const cluster = (...ends: End[]): string[] => rulesOf(service(), [slice(...ends)], here)[0]!.cluster.map(each => each.address)

describe('rules', () => {
  it('a service port becomes a rule with its address, its ports and its ready endpoints', () => {
    const [rule] = rulesOf(
      service({ type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }] }),
      [slice({ address: '10.244.0.2', node: 'node-1' })],
      here,
    )
    assert.deepEqual(rule, {
      name: 'default/web:http',
      protocol: 'tcp',
      clusterIp: '10.96.0.5',
      port: 80,
      nodePort: 30080,
      externalIps: [],
      loadBalancerIps: [],
      sourceRanges: [],
      internalLocal: false,
      externalLocal: false,
      cluster: [{ address: '10.244.0.2', port: 8080, local: true }],
      local: [{ address: '10.244.0.2', port: 8080, local: true }],
      anywhere: true,
    })
  })

  it('headless and external services have no rules', () => {
    assert.deepEqual(rulesOf(service({ clusterIP: 'None', clusterIPs: ['None'] }), [], here), [])
    assert.deepEqual(rulesOf(service({ type: 'ExternalName', clusterIP: '', clusterIPs: [] }), [], here), [])
  })

  it('an endpoint that does not say whether it is ready is ready; one that is not gets nothing', () => {
    assert.deepEqual(cluster({ address: '10.244.0.2' }, { address: '10.244.0.3', ready: false }), ['10.244.0.2'])
  })

  it('terminating endpoints that still serve step in only where none is ready', () => {
    const leaving = { address: '10.244.0.3', ready: false, serving: true, terminating: true }
    assert.deepEqual(cluster({ address: '10.244.0.2' }, leaving), ['10.244.0.2'])
    assert.deepEqual(cluster(leaving), ['10.244.0.3'])
    assert.deepEqual(cluster({ ...leaving, serving: false }), [])
  })

  it('local traffic uses the endpoints of this machine only, terminating ones if need be', () => {
    const [rule] = rulesOf(
      service({ externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }),
      [
        slice(
          { address: '10.244.0.2' },
          { address: '10.244.0.3', node: 'node-1', ready: false, serving: true, terminating: true },
        ),
      ],
      here,
    )
    assert.equal(rule!.internalLocal && rule!.externalLocal, true)
    assert.deepEqual(
      rule!.local.map(each => each.address),
      ['10.244.0.3'],
    )
    assert.deepEqual(
      rule!.cluster.map(each => each.address),
      ['10.244.0.2'],
    )
  })

  it('hints choose the endpoints meant for this zone, if every endpoint has one and one is for here', () => {
    const near = { address: '10.244.0.2', hints: { forZones: [{ name: 'a' }] } }
    const far = { address: '10.244.0.3', hints: { forZones: [{ name: 'b' }] } }
    assert.deepEqual(cluster(near, far), ['10.244.0.2'])
    assert.deepEqual(cluster(near, far, { address: '10.244.0.4' }).length, 3)
    assert.deepEqual(cluster(far), ['10.244.0.3'])
  })

  it('session affinity lasts three hours unless the service says otherwise', () => {
    assert.equal(rulesOf(service({ sessionAffinity: 'ClientIP' }), [], here)[0]!.affinitySeconds, 10_800)
    const config = { clientIP: { timeoutSeconds: 60 } }
    assert.equal(
      rulesOf(service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: config }), [], here)[0]!.affinitySeconds,
      60,
    )
  })
})
