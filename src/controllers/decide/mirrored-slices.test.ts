import assert from 'node:assert/strict'
import type { EndpointSubset, Endpoints } from '#api/core/v1.ts'
import type { EndpointSlice } from '#api/discovery/v1.ts'
import { isMirrored, planMirror } from './mirrored-slices.ts'

const endpoints = (subsets: EndpointSubset[], metadata: Partial<Endpoints['metadata']> = {}): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { namespace: 'default', name: 'db', uid: 'e', ...metadata },
  subsets,
})
const addresses = (count: number, prefix = '10.0'): { ip: string }[] =>
  Array.from({ length: count }, (_, n) => ({ ip: `${prefix}.${n >> 8}.${n % 256}` }))
const ports = [{ port: 5432 }]

/** The slices that were made, as the server would hold them. */
const written = ({ create }: ReturnType<typeof planMirror>): EndpointSlice[] =>
  create.map((draft, n) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    ...draft,
    metadata: { ...draft.metadata, name: `db-${n}` },
  }))
const counts = ({ create, update, remove }: ReturnType<typeof planMirror>): number[] => [
  create.length,
  update.length,
  remove.length,
]

describe('the mirror of Endpoints', () => {
  it('has a slice for each family and set of ports, with labels and annotations but for what is not for it', () => {
    const annotations = { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
    const subsets = [
      { addresses: [{ ip: '10.0.0.1', hostname: 'a' }], notReadyAddresses: [{ ip: '10.0.0.2' }, { ip: 'fd00::1' }], ports },
      { addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'metrics', port: 9187, protocol: 'TCP' as const }] },
    ]
    const slices = written(planMirror(endpoints(subsets, { labels: { team: 'x' }, annotations }), []))
    assert.deepEqual(
      slices.map(({ addressType, ports, endpoints }) => [addressType, ports?.[0]?.port, endpoints?.map(it => it.addresses[0])]),
      [
        ['IPv4', 5432, ['10.0.0.1', '10.0.0.2']],
        ['IPv4', 9187, ['10.0.0.1']],
        ['IPv6', 5432, ['fd00::1']],
      ],
    )
    assert.deepEqual(slices[0]?.endpoints, [
      { addresses: ['10.0.0.1'], conditions: { ready: true }, hostname: 'a' },
      { addresses: ['10.0.0.2'], conditions: { ready: false } },
    ])
    assert.deepEqual(slices[0]?.metadata.annotations, { note: 'x' })
    assert.deepEqual(slices[0]?.metadata.labels, {
      team: 'x',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      'kubernetes.io/service-name': 'db',
    })
  })

  it('takes a thousand addresses of a subset, and counts what it leaves out', () => {
    const plan = planMirror(endpoints([{ addresses: addresses(1002), notReadyAddresses: addresses(3, '10.9'), ports }]), [])
    assert.equal(plan.create[0]?.endpoints?.length, 1000)
    assert.equal(plan.tooMany, 5)
    assert.equal(plan.invalid, 0)
  })

  it('is left alone when nothing has changed, and loses its last slice with its last address', () => {
    const before = endpoints([{ addresses: addresses(3), ports }])
    const slices = written(planMirror(before, []))
    assert.deepEqual(counts(planMirror(before, slices)), [0, 0, 0])
    assert.deepEqual(counts(planMirror(endpoints([{ addresses: addresses(4), ports }]), slices)), [0, 1, 0])
    assert.deepEqual(
      counts(planMirror(endpoints([{ addresses: addresses(3), ports }], { labels: { a: 'b' } }), slices)),
      [0, 1, 0],
    )
    const annotated = endpoints([{ addresses: addresses(3), ports }], { annotations: { a: 'b' } })
    assert.deepEqual(counts(planMirror(annotated, slices)), [0, 1, 0])
    assert.deepEqual(counts(planMirror(endpoints([]), slices)), [0, 0, 1])
  })

  it('is not made of a leader’s lock, nor where a label says no', () => {
    const label = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
    assert.ok(isMirrored(endpoints([])))
    assert.ok(!isMirrored(endpoints([], { labels: label })))
    assert.ok(!isMirrored(endpoints([], { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })))
  })
})
