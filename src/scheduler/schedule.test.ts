import assert from 'node:assert/strict'
import type { Node, Pod, Taint } from '#api/core/v1.ts'
import { podInfo } from './node-info.ts'
import { plugins } from './plugins/index.ts'
import { enough, schedule } from './schedule.ts'
import { Ledger } from './snapshot.ts'
import { place, running } from './testing.ts'

interface NodeSpec {
  labels?: Record<string, string>
  taints?: Taint[]
  unschedulable?: boolean
  allocatable?: Record<string, string>
  images?: { names: string[]; sizeBytes: number }[]
}

const node = (
  name: string,
  { labels = {}, taints = [], unschedulable = false, allocatable = {}, images = [] }: NodeSpec = {},
): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec: { taints, unschedulable },
  status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable }, images },
})

let uid = 0
const pod = (spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: `p${++uid}`, uid: `u${uid}` },
  spec: { containers: [{ name: 'c', image: 'web' }], ...spec },
})

const asking = (requests: Record<string, string>, more: object = {}): Pod =>
  pod({ containers: [{ name: 'c', image: 'web', resources: { requests } }], ...more })

const cluster = (...nodes: Node[]): Ledger => {
  const ledger = new Ledger()
  for (const each of nodes) ledger.putNode(each)
  return ledger
}

const lasting = (reason: string): string =>
  `0/1 nodes are available: 1 ${reason}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`
const passing = (reason: string): string =>
  `0/1 nodes are available: 1 ${reason}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`

describe('schedule', () => {
  it('says so when there is no node at all', () => {
    assert.equal(place(pod(), cluster()), 'no nodes available to schedule pods')
  })

  it('keeps pods away from taints that they do not tolerate', () => {
    const tainted = node('a', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })
    assert.equal(place(pod(), cluster(tainted)), lasting('node(s) had untolerated taint(s)'))
    assert.equal(place(pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }), cluster(tainted)), 'a')
    assert.equal(place(pod({ tolerations: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }), cluster(tainted)), 'a')
    assert.equal(place(pod({ tolerations: [{ operator: 'Exists' }] }), cluster(tainted)), 'a')
  })

  it('rather takes a node without a taint that says PreferNoSchedule', () => {
    const nodes = cluster(node('a', { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] }), node('b'))
    assert.equal(place(pod(), nodes), 'b')
  })

  it('leaves a cordoned node alone, unless the pod tolerates that', () => {
    const cordoned = cluster(node('a', { unschedulable: true }))
    assert.equal(place(pod(), cordoned), lasting('node(s) were unschedulable'))
    assert.equal(
      place(
        pod({ tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }] }),
        cordoned,
      ),
      'a',
    )
  })

  it('follows nodeSelector and required node affinity', () => {
    const nodes = cluster(node('a', { labels: { disk: 'hdd', cores: '4' } }), node('b', { labels: { disk: 'ssd', cores: '16' } }))
    const required = (...matchExpressions: object[]): Pod =>
      pod({
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
        },
      })
    assert.equal(place(pod({ nodeSelector: { disk: 'ssd' } }), nodes), 'b')
    assert.equal(place(required({ key: 'cores', operator: 'Gt', values: ['8'] }), nodes), 'b')
    assert.equal(place(required({ key: 'disk', operator: 'NotIn', values: ['ssd'] }), nodes), 'a')
    assert.match(
      place(required({ key: 'none', operator: 'Exists' }), nodes),
      /^0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector\. /,
    )
  })

  it('rather takes the nodes that the pod prefers', () => {
    const nodes = cluster(node('a'), node('b', { labels: { disk: 'ssd' } }))
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }
    const wanted = pod({
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } },
    })
    assert.equal(place(wanted, nodes), 'b')
  })

  it('looks only at the nodes that the affinity names, as for the pods of a DaemonSet', () => {
    const named = (...terms: string[]): Pod =>
      pod({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: terms.map(name => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] })),
            },
          },
        },
      })
    const nodes = cluster(node('a'), node('b'))
    assert.equal(place(named('b'), nodes), 'b')
    assert.match(
      place(named('z'), nodes),
      /^0\/2 nodes are available: 2 node\(s\) didn't satisfy plugin\(s\) \[NodeAffinity\]\. /,
    )
  })

  it('gives a node no more than it has', () => {
    const nodes = cluster(node('a'))
    running(nodes, 'a', asking({ cpu: '3', memory: '6Gi' }))
    assert.equal(place(asking({ cpu: '1' }), nodes), 'a')
    assert.equal(place(asking({ cpu: '1001m', memory: '3Gi' }), nodes), passing('Insufficient cpu, 1 Insufficient memory'))
    assert.equal(place(asking({ cpu: '5' }), nodes), lasting('Insufficient cpu'))
    assert.equal(place(asking({ 'example.com/gpu': '1' }), nodes), lasting('Insufficient example.com/gpu'))
  })

  it('counts pods, and those that are over no more', () => {
    const nodes = cluster(node('a', { allocatable: { pods: '1' } }))
    const first = pod()
    running(nodes, 'a', first)
    assert.equal(place(pod(), nodes), passing('Too many pods'))
    nodes.putPod({ ...first, spec: { ...first.spec, nodeName: 'a' }, status: { phase: 'Succeeded' } })
    assert.equal(place(pod(), nodes), 'a')
  })

  it('gives a host port away once, for each address and protocol', () => {
    const nodes = cluster(node('a'))
    const port = (hostPort: number, more: object = {}): Pod =>
      pod({ containers: [{ name: 'c', image: 'web', ports: [{ containerPort: 80, hostPort, ...more }] }] })
    running(nodes, 'a', port(8080, { hostIP: '10.0.0.1' }))
    assert.equal(place(port(8080), nodes), passing("node(s) didn't have free ports for the requested pod ports"))
    assert.equal(place(port(8080, { hostIP: '10.0.0.2' }), nodes), 'a')
    assert.equal(place(port(8080, { protocol: 'UDP' }), nodes), 'a')
  })

  it('spreads pods over the emptier nodes, even those that ask for nothing', () => {
    const nodes = cluster(node('a'), node('b'))
    running(nodes, 'a', pod())
    assert.equal(place(pod(), nodes), 'b')
    running(nodes, 'b', asking({ cpu: '2', memory: '4Gi' }))
    assert.equal(place(asking({ cpu: '100m', memory: '200Mi' }), nodes), 'a')
  })

  it('rather takes a node that has a large image already', () => {
    const image = { names: ['docker.io/big:latest'], sizeBytes: 900 * 1024 * 1024 }
    const nodes = cluster(node('a'), node('b', { images: [image] }))
    assert.equal(place(pod({ containers: [{ name: 'c', image: 'docker.io/big' }] }), nodes), 'b')
  })

  it('breaks ties by chance', () => {
    const nodes = cluster(node('a'), node('b'), node('c'))
    const chosen = (random: number): string =>
      schedule(podInfo(pod()), nodes, plugins, { start: 0, random: () => random }).node!.name
    assert.equal(chosen(0.99), 'a')
    assert.equal(chosen(0), 'c')
  })

  it('looks at enough nodes, not at all of them, and starts where it was told', () => {
    assert.deepEqual([50, 100, 1000, 5000, 10_000].map(enough), [50, 100, 420, 500, 500])
    const nodes = cluster(...Array.from({ length: 400 }, (_, i) => node(`n${i}`)))
    const result = schedule(podInfo(pod()), nodes, plugins, { start: 390, random: () => 0.99 })
    assert.equal(result.node!.name, 'n390')
    assert.equal(result.examined, 188)
  })
})

describe('snapshot', () => {
  it('counts an assumed pod until it is forgotten, or its binding is seen', () => {
    const nodes = cluster(node('a', { allocatable: { pods: '1' } }))
    const first = pod()
    nodes.assume(podInfo(first), 'a')
    assert.match(place(pod(), nodes), /Too many pods/)
    nodes.putPod(first)
    assert.match(place(pod(), nodes), /Too many pods/)
    nodes.forget(first.metadata.uid!)
    assert.equal(place(pod(), nodes), 'a')
    running(nodes, 'a', first)
    nodes.forget(first.metadata.uid!)
    assert.match(place(pod(), nodes), /Too many pods/)
  })

  it('knows the pods of a node that it hears of later', () => {
    const nodes = cluster()
    running(nodes, 'a', pod())
    assert.equal(place(pod(), nodes), 'no nodes available to schedule pods')
    nodes.putNode(node('a', { allocatable: { pods: '1' } }))
    assert.match(place(pod(), nodes), /Too many pods/)
  })

  it('lists nodes in turn from each zone', () => {
    const zone = (name: string, zone: string): Node => node(name, { labels: { 'topology.kubernetes.io/zone': zone } })
    const nodes = cluster(zone('a1', 'a'), zone('a2', 'a'), zone('a3', 'a'), zone('b1', 'b'))
    assert.deepEqual(
      nodes.nodes.map(each => each.name),
      ['a1', 'b1', 'a2', 'a3'],
    )
  })
})
