import assert from 'node:assert/strict'
import type { Node, Pod, Service } from '#api/core/v1.ts'
import type { EndpointSlice } from '#api/discovery/v1.ts'
import { planSlices } from './service-slices.ts'
import type { Changes } from './slices.ts'

const node = (name: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'topology.kubernetes.io/zone': 'z1' } },
  spec: {},
})

const service = (spec: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'web', uid: 'svc', labels: { team: 'x' } },
  spec: {
    clusterIP: '10.96.0.5',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
    ...spec,
  },
})

const pod = (n: number, { port = 8080, ready = true, deleted = false } = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'default',
    name: `web-${n}`,
    uid: `pod-${n}`,
    ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  },
  spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port, protocol: 'TCP' }] }] },
  status: {
    phase: 'Running',
    podIP: `10.244.0.${n}`,
    podIPs: [{ ip: `10.244.0.${n}` }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
})

const plan = (pods: readonly Pod[], existing: readonly EndpointSlice[] = [], of = service()): Changes =>
  planSlices(of, pods, existing, node)
/** The slices a plan makes, as the server would hold them. */
const written = ({ create }: Changes): EndpointSlice[] =>
  create.map((draft, n) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    ...draft,
    metadata: { ...draft.metadata, name: `web-${n}` },
  }))
const many = (count: number): Pod[] => Array.from({ length: count }, (_, n) => pod(n))
const counts = (changes: Changes): number[] => [changes.create.length, changes.update.length, changes.remove.length]

describe('the slices of a service', () => {
  it('list its pods with address, node, zone and the number its named port has', () => {
    const [slice] = written(plan([pod(1)]))
    assert.deepEqual(slice?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
    assert.deepEqual(slice?.endpoints, [
      {
        addresses: ['10.244.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', namespace: 'default', name: 'web-1', uid: 'pod-1' },
        nodeName: 'n1',
        zone: 'z1',
      },
    ])
    assert.deepEqual(slice?.metadata.labels, {
      team: 'x',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    })
  })

  it('say of a pod on its way out that it still serves, and is not ready', () => {
    const [slice] = written(plan([pod(1, { deleted: true })]))
    assert.deepEqual(slice?.endpoints?.[0]?.conditions, { ready: false, serving: true, terminating: true })
    const [published] = written(plan([pod(1, { ready: false })], [], service({ publishNotReadyAddresses: true })))
    assert.deepEqual(published?.endpoints?.[0]?.conditions, { ready: true, serving: false, terminating: false })
  })

  it('hold a hundred endpoints each, and separate ones for pods with other port numbers', () => {
    assert.deepEqual(
      written(plan(many(250))).map(({ endpoints }) => endpoints?.length),
      [100, 100, 50],
    )
    assert.equal(plan([pod(1), pod(2, { port: 9090 })]).create.length, 2)
  })

  it('are left alone when nothing has changed', () => {
    assert.deepEqual(counts(plan(many(150), written(plan(many(150))))), [0, 0, 0])
  })

  it('change as few as possible: one update where one pod comes, goes or becomes ready', () => {
    const existing = written(plan(many(150)))
    assert.deepEqual(counts(plan(many(151), existing)), [0, 1, 0])
    assert.deepEqual(counts(plan(many(149), existing)), [0, 1, 0])
    assert.deepEqual(counts(plan([pod(0, { ready: false }), ...many(150).slice(1)], existing)), [0, 1, 0])
  })

  it('come down to one empty slice when there is no pod', () => {
    const empty = plan([])
    assert.deepEqual(written(empty)[0]?.endpoints, [])
    assert.deepEqual(counts(plan([], written(empty))), [0, 0, 0])
    assert.deepEqual(counts(plan([], written(plan(many(1))))), [1, 0, 1])
    assert.deepEqual(counts(plan([pod(1)], written(empty))), [1, 0, 1])
  })
})
