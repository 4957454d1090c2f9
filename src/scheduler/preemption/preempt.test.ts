import assert from 'node:assert/strict'
import type { Node, Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { podInfo } from '#scheduler/node-info.ts'
import { Ledger } from '#scheduler/snapshot.ts'
import { outcome, place, running } from '#scheduler/testing.ts'

const node = (name: string, cpu = '4', labels: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec: {},
  status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
})

const pod = (name: string, priority: number, cpu = '1', { labels = {}, startedAt = 0, ...spec }: PodSpec = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, uid: name, labels },
  spec: { priority, containers: [{ name: 'c', image: 'web', resources: { requests: { cpu } } }], ...spec },
  status: { startTime: new Date(startedAt * 1000).toISOString() },
})
type PodSpec = Partial<Pod['spec']> & { labels?: Record<string, string>; startedAt?: number }

const cluster = (nodes: readonly Node[], pods: Readonly<Record<string, readonly Pod[]>>): Ledger => {
  const ledger = new Ledger()
  for (const each of nodes) ledger.putNode(each)
  for (const [name, those] of Object.entries(pods)) for (const each of those) running(ledger, name, each)
  return ledger
}

const budget = (allowed: number, labels: Record<string, string>, disrupted: string[] = []): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { namespace: 'default', name: 'guard' },
  spec: { selector: { matchLabels: labels } },
  status: {
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
    disruptionsAllowed: allowed,
    disruptedPods: Object.fromEntries(disrupted.map(name => [name, '1970-01-01T00:00:00Z'])),
  },
})

/** `node: victims`, or why there are none. */
function victims(wanted: Pod, ledger: Ledger, budgets: PodDisruptionBudget[] = []): string {
  const before = describeAll(ledger)
  const found = outcome(podInfo(wanted), ledger, budgets)
  assert.equal(describeAll(ledger), before, 'the ledger is as it was')
  if (typeof found === 'string') return `fits on ${found}`
  if (!('candidate' in found.preemption)) return found.message
  const { candidate } = found.preemption
  return `${candidate.node.name}: ${candidate.victims.map(each => each.pod.metadata.name).join()}`
}

const describeAll = (ledger: Ledger): string =>
  JSON.stringify(
    ledger.nodes.map(({ name, pods, requested }) => [name, [...pods.keys()].sort(), requested.cpu, requested.memory]),
  )

describe('preemption', () => {
  it('takes the place of pods of lower priority, and of no more than it must', () => {
    const ledger = cluster([node('a')], { a: [pod('p1', 1, '2'), pod('p2', 2, '1'), pod('p3', 3, '1')] })
    assert.equal(victims(pod('new', 10, '1'), ledger), 'a: p1')
    assert.equal(victims(pod('new', 10, '3'), ledger), 'a: p2,p1')
    assert.equal(victims(pod('new', 2, '2'), ledger), 'a: p1')
    const message = (reason: string): string =>
      `0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${reason}.`
    assert.equal(victims(pod('new', 1, '1'), ledger), message('No preemption victims found for incoming pod'))
    assert.equal(victims(pod('new', 2, '3'), ledger), message('Insufficient cpu'))
    assert.equal(victims(pod('new', 10, '5'), ledger), message('Preemption is not helpful for scheduling'))
  })

  it('spares of equals the one that has run longest', () => {
    const pods = [pod('young', 1, '2', { startedAt: 20 }), pod('old', 1, '2', { startedAt: 10 })]
    assert.equal(victims(pod('new', 10, '2'), cluster([node('a')], { a: pods })), 'a: young')
  })

  it('is not for a pod that does not want it, and says so', () => {
    const ledger = cluster([node('a')], { a: [pod('p1', 1, '4')] })
    assert.equal(
      victims(pod('new', 10, '1', { preemptionPolicy: 'Never' }), ledger),
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    )
  })

  it('says of a pod that makes room only why it does not fit now', () => {
    const ledger = cluster([node('a')], { a: [pod('p1', 1, '4')] })
    assert.equal(place(pod('new', 10, '1'), ledger), '0/1 nodes are available: 1 Insufficient cpu.')
  })

  describe('chooses the node', () => {
    const full = (a: Pod[], b: Pod[]): Ledger => cluster([node('a'), node('b')], { a, b })
    const wanted = pod('new', 100, '4')
    const guarded = { labels: { app: 'guarded' } }

    it('where fewest budgets are broken', () => {
      const ledger = full([pod('a1', 1, '4', guarded)], [pod('b1', 50, '4')])
      assert.equal(victims(wanted, ledger, [budget(0, { app: 'guarded' })]), 'b: b1')
      assert.equal(victims(wanted, ledger, [budget(1, { app: 'guarded' })]), 'a: a1')
      assert.equal(victims(wanted, ledger, [budget(0, { app: 'guarded' }, ['a1'])]), 'a: a1', 'it goes already')
      assert.equal(victims(wanted, ledger, [budget(0, {})]), 'a: a1', 'an empty selector protects nobody')
    })

    it('where the most important victim is least important', () => {
      assert.equal(victims(wanted, full([pod('a1', 3, '4')], [pod('b1', 2, '2'), pod('b2', 2, '2')])), 'b: b1,b2')
    })

    it('where their priorities come to less', () => {
      const ledger = full([pod('a1', 3, '2'), pod('a2', 2, '2')], [pod('b1', 3, '2'), pod('b2', 1, '2')])
      assert.equal(victims(wanted, ledger), 'b: b1,b2')
    })

    it('where they are fewer, though they be of negative priority', () => {
      assert.equal(victims(wanted, full([pod('a1', -1, '2'), pod('a2', -1, '2')], [pod('b1', -1, '4')])), 'b: b1')
    })

    it('where the most important have run for the shortest time', () => {
      const ledger = full([pod('a1', 1, '4', { startedAt: 10 })], [pod('b1', 1, '4', { startedAt: 20 })])
      assert.equal(victims(wanted, ledger), 'b: b1')
    })
  })

  it('spares first whom a budget protects, however unimportant', () => {
    const labels = { app: 'guarded' }
    const ledger = cluster([node('a')], { a: [pod('guarded', 1, '2', { labels }), pod('free', 2, '2')] })
    assert.equal(victims(pod('new', 10, '2'), ledger, [budget(0, labels)]), 'a: free')
    assert.equal(victims(pod('new', 10, '2'), ledger), 'a: guarded')
  })

  it('makes room as pods that keep away and spread ask for it, not only for resources', () => {
    const labels = { app: 'web' }
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } }
    const far = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }
    const one = cluster([node('a')], { a: [pod('web', 1, '1', { labels }), pod('other', 1, '1')] })
    assert.equal(victims(pod('new', 10, '1', far), one), 'a: web')

    const zone = (name: string) => node(name, '10', { zone: name })
    const spread = { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' as const }
    const low = (name: string): Pod => pod(name, 1, '3', { labels })
    const two = cluster([zone('x'), zone('y')], { x: [pod('high', 1000, '9', { labels })], y: ['1', '2', '3'].map(low) })
    const constraint = { ...spread, labelSelector: { matchLabels: labels } }
    const medium = pod('medium', 100, '3', { labels, topologySpreadConstraints: [constraint] })
    assert.match(victims(medium, two), /^y: \d,\d$/, 'as in upstream’s e2e test, one is not enough')
  })

  describe('a place that was promised', () => {
    const promised = (): Ledger => {
      const ledger = cluster([node('a'), node('b')], { a: [pod('a1', 1, '4')], b: [pod('b1', 500, '4')] })
      ledger.nominations.set(podInfo(pod('first', 100, '3')), 'a')
      ledger.removePod('a1')
      return ledger
    }

    it('is not for whoever comes later and is no more important, but the rest of the node is', () => {
      assert.match(place(pod('lesser', 50, '2'), promised()), /^0\/2 nodes are available: 2 Insufficient cpu\./)
      assert.match(place(pod('equal', 100, '2'), promised()), /^0\/2 nodes/)
      assert.equal(place(pod('small', 50, '1'), promised()), 'a')
      assert.equal(place(pod('greater', 101, '4'), promised()), 'a')
    })

    it('is the first that its owner looks at, and free again when the owner has gone', () => {
      const ledger = promised()
      ledger.removePod('b1')
      assert.equal(place(pod('first', 100, '3'), ledger), 'a')
      ledger.removePod('first')
      assert.equal(place(pod('lesser', 50, '4'), ledger), 'a')
    })

    it('is waited for as long as somebody is leaving it', () => {
      const leaving = pod('a1', 1, '4')
      leaving.metadata.deletionTimestamp = '1970-01-01T00:59:00Z'
      const target = { type: 'DisruptionTarget', status: 'True' as const, reason: 'PreemptionByScheduler' }
      const ledger = cluster([node('a'), node('b')], {
        a: [{ ...leaving, status: { conditions: [target] } }],
        b: [pod('b1', 1, '4')],
      })
      const wanted = pod('first', 100, '3')
      ledger.nominations.set(podInfo(wanted), 'a')
      assert.match(victims(wanted, ledger), /preemption: not eligible due to a terminating pod on the nominated node\.$/)
      ledger.nominations.delete('first')
      assert.equal(victims(wanted, ledger), 'a: a1')
    })
  })
})
