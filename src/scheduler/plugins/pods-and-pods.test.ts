import assert from 'node:assert/strict'
import type { Node, Pod } from '#api/core/v1.ts'
import { Ledger } from '#scheduler/snapshot.ts'
import { place as placeOf, running } from '#scheduler/testing.ts'

const node = (name: string, zone?: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...(zone && { zone }) } },
  spec: {},
  status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } },
})

let uid = 0
const pod = (app: string, spec: object = {}, namespace = 'default'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name: `p${++uid}`, uid: `u${uid}`, labels: { app } },
  spec: { containers: [{ name: 'c', image: 'web' }], ...spec },
})

const cluster = (...nodes: Node[]): Ledger => {
  const ledger = new Ledger()
  for (const each of nodes) ledger.putNode(each)
  return ledger
}

const place = (wanted: Pod, ledger: Ledger): string => placeOf(wanted, ledger).split('. ')[0]!

const term = (app: string, more: object = {}) => ({ labelSelector: { matchLabels: { app } }, topologyKey: 'zone', ...more })
const near = (app: string, more?: object) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] } },
})
const far = (app: string, more?: object) => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] } },
})

describe('affinity between pods', () => {
  const three = (): Ledger => cluster(node('a', 'x'), node('b', 'y'), node('none'))

  it('puts a pod into the zone of those it must be near to', () => {
    const nodes = three()
    running(nodes, 'b', pod('db'))
    assert.equal(place(pod('web', near('db')), nodes), 'b')
    assert.equal(place(pod('web', near('cache')), nodes), "0/3 nodes are available: 3 node(s) didn't match pod affinity rules")
  })

  it('lets the first of pods that want to be near each other in anywhere that has a zone', () => {
    const nodes = three()
    assert.equal(place(pod('web', near('web')), nodes), 'a')
    running(nodes, 'b', pod('web'))
    assert.equal(place(pod('web', near('web')), nodes), 'b')
  })

  it('keeps a pod out of the zone of those it must be far from, and out of the zone of those that want to be far from it', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'))
    running(nodes, 'a', pod('db', far('web')))
    assert.equal(place(pod('web'), nodes), 'b')
    running(nodes, 'b', pod('web'))
    const said = place(pod('web', far('web')), nodes)
    assert.equal(
      said,
      "0/2 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules",
    )
  })

  it('speaks of the own namespace, unless it names or selects others', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'))
    nodes.putNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', labels: { stage: 'prod' } }, spec: {} })
    running(nodes, 'a', pod('db', {}, 'prod'))
    running(nodes, 'b', pod('other'))
    assert.equal(place(pod('web', far('db')), nodes), 'a')
    assert.equal(place(pod('web', far('db', { namespaces: ['prod'] })), nodes), 'b')
    assert.equal(place(pod('web', far('db', { namespaceSelector: { matchLabels: { stage: 'prod' } } })), nodes), 'b')
    assert.equal(place(pod('web', far('db', { namespaceSelector: {} })), nodes), 'b')
  })

  it('follows preferences, weighed against each other', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'), node('c', 'z'))
    running(nodes, 'b', pod('db'))
    running(nodes, 'c', pod('db'))
    running(nodes, 'c', pod('noisy'))
    const preferring = pod('web', {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term('db') }] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm: term('noisy') }] },
      },
    })
    assert.equal(place(preferring, nodes), 'b')
  })
})

describe('topology spread', () => {
  const spread = (more: object = {}) => ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        ...more,
      },
    ],
  })

  it('keeps zones within the allowed skew', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'))
    running(nodes, 'a', pod('web'))
    assert.equal(place(pod('web', spread()), nodes), 'b')
    running(nodes, 'b', pod('web'))
    running(nodes, 'b', pod('web'))
    assert.equal(place(pod('web', spread()), nodes), 'a')
  })

  it('says which nodes would be too full, and which have no zone at all', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'), node('c'))
    running(nodes, 'a', pod('web'))
    nodes.putNode({ ...node('b', 'y'), spec: { unschedulable: true } })
    assert.equal(
      place(pod('web', spread()), nodes),
      "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't match pod topology spread constraints (missing required label), 1 node(s) were unschedulable",
    )
  })

  it('counts neither other pods, nor other namespaces, nor pods on their way out', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'))
    running(nodes, 'b', pod('web'))
    const leaving = pod('web')
    running(nodes, 'a', pod('other'))
    running(nodes, 'a', pod('web', {}, 'elsewhere'))
    running(nodes, 'a', { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    assert.equal(place(pod('web', spread()), nodes), 'a')
  })

  it('with too few domains the emptiest is taken to hold none', () => {
    const nodes = cluster(node('a', 'x'))
    running(nodes, 'a', pod('web'))
    assert.equal(place(pod('web', spread()), nodes), 'a')
    assert.match(place(pod('web', spread({ minDomains: 2 })), nodes), /topology spread constraints$/)
  })

  it('matchLabelKeys narrow the count to pods with the same value', () => {
    const nodes = cluster(node('a', 'x'), node('b', 'y'))
    const old = pod('web')
    running(nodes, 'a', { ...old, metadata: { ...old.metadata, labels: { app: 'web', version: '1' } } })
    const fresh = pod('web', { ...spread({ matchLabelKeys: ['version'] }), nodeSelector: { zone: 'x' } })
    assert.equal(place({ ...fresh, metadata: { ...fresh.metadata, labels: { app: 'web', version: '2' } } }, nodes), 'a')
  })

  it('a constraint that may be broken chooses the emptier zone, but any rather than none', () => {
    const soft = spread({ whenUnsatisfiable: 'ScheduleAnyway' })
    const nodes = cluster(node('a', 'x'), node('b', 'x'), node('c', 'y'))
    running(nodes, 'a', pod('web'))
    running(nodes, 'a', pod('web'))
    running(nodes, 'c', pod('other'))
    assert.equal(place(pod('web', soft), nodes), 'c')
    nodes.putNode({ ...node('c', 'y'), spec: { unschedulable: true } })
    assert.equal(place(pod('web', soft), nodes), 'b')
  })
})
