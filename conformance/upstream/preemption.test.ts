import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Node } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import type { Wire } from './harness/kinds.ts'
import { isLater } from './harness/objects.ts'
import { idle, type PodSpec, pod, podThat, running } from './harness/pods.ts'
import { type Trial, unique } from './harness/trial.ts'

const extended = 'scheduling.k8s.io/foo'

const usable = async (t: Trial): Promise<Wire<V1Node>[]> =>
  (await t.of('nodes').items()).filter(({ spec }) => !spec?.unschedulable && !spec?.taints?.length)

/** Lets a node have so much of a resource of its own for as long as the test runs. */
async function offer(t: Trial, node: string, amount: number): Promise<void> {
  const say = (value: string | null) =>
    t
      .of('nodes')
      .patch(node, { status: { capacity: { [extended]: value }, allocatable: { [extended]: value } } }, { of: 'status' })
  t.defer(() => say(null))
  await say(String(amount))
}

async function priorities(t: Trial, values: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    t.defer(() => t.of('priorityclasses').delete(`${t.namespace}-${name}`))
    await t.of('priorityclasses').create({ metadata: { name: `${t.namespace}-${name}` }, value })
  }
}

const wanting = (name: string, amount: number, spec: PodSpec) =>
  pod(name, {
    ...spec,
    containers: [idle({ resources: { requests: { [extended]: String(amount) }, limits: { [extended]: String(amount) } } })],
  })

/** A pod on each node that takes most of a resource, of which one is of lower priority than the others: its name. */
async function occupied(t: Trial): Promise<string> {
  await priorities(t, { low: 1, medium: 100, high: 1000 })
  const nodes = await usable(t)
  assert.ok(nodes.length > 1, 'upstream wants two nodes')
  for (const [n, { metadata }] of nodes.entries()) {
    await offer(t, metadata!.name!, 3)
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: [metadata!.name!] }]
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    }
    const priorityClassName = `${t.namespace}-${n === 0 ? 'low' : 'medium'}`
    await t.of('pods').create(wanting(`pod${n}`, 2, { affinity, priorityClassName }))
  }
  for (const n of nodes.keys()) await running(t, `pod${n}`)
  return 'pod0'
}

/** Of the pods that took the nodes, this one is gone or going, and no other. */
async function onlyLeaves(t: Trial, victim: string): Promise<void> {
  const staying = (await t.of('pods').items()).filter(
    ({ metadata }) => /^pod\d/.test(metadata!.name!) && !metadata?.deletionTimestamp,
  )
  const nodes = await usable(t)
  assert.ok(!staying.some(({ metadata }) => metadata?.name === victim))
  assert.equal(staying.length, nodes.length - 1)
}

conformance(
  'sig-scheduling',
  'SchedulerPreemption',
  {
    'PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods': async t => {
      const classes = t.of('priorityclasses')
      t.defer(() => classes.deleteCollection(`e2e=${t.namespace}`))
      const [one, two] = [1, 2].map(value => ({
        metadata: { name: `${t.namespace}-${value}`, labels: { e2e: t.namespace } },
        value,
      }))
      const [first, second] = [await classes.create(one!), await classes.create(two!)]
      const invalid = (error: Refusal): boolean => error.code === 422
      await assert.rejects(classes.patch(first.metadata!.name!, { value: 10 }, { type: 'strategic' }), invalid)
      await assert.rejects(classes.update({ ...second, value: 20 }), invalid)
      await classes.patch(first.metadata!.name!, { description: 'updated description' }, { type: 'strategic' })
      await classes.update({ ...second, description: 'updated description' })
      assert.ok((await classes.items()).length >= 2)
      for (const before of [first, second]) {
        const now = await classes.get(before.metadata!.name!)
        assert.deepEqual([now.value, now.description], [before.value, 'updated description'])
        isLater(now, before)
      }
    },

    'validates basic preemption works': async t => {
      const victim = await occupied(t)
      await t.of('pods').create(wanting('preemptor-pod', 2, { priorityClassName: `${t.namespace}-high` }))
      await running(t, 'preemptor-pod')
      await onlyLeaves(t, victim)
    },

    'validates lower priority pod preemption by critical pod': async t => {
      const victim = await occupied(t)
      const system = t.of('pods', 'kube-system')
      const name = unique('critical-pod')
      t.defer(() => system.delete(name, { gracePeriodSeconds: 0 }))
      await system.create(wanting(name, 2, { priorityClassName: 'system-cluster-critical' }))
      await eventually(async () => assert.equal((await system.get(name)).status?.phase, 'Running'), 40_000)
      await onlyLeaves(t, victim)
    },

    'validates pod disruption condition is added to the preempted pod': async t => {
      const { metadata } = (await usable(t))[0]!
      const here = { nodeSelector: { 'kubernetes.io/hostname': metadata!.labels!['kubernetes.io/hostname']! } }
      await offer(t, metadata!.name!, 1)
      await priorities(t, { low: 1, high: 1000 })
      const victim = wanting('victim-pod', 1, { ...here, priorityClassName: `${t.namespace}-low` })
      await t.of('pods').create({ ...victim, metadata: { ...victim.metadata, finalizers: ['example.com/test-finalizer'] } })
      t.defer(() => t.of('pods').patch('victim-pod', { metadata: { finalizers: null } }))
      await running(t, 'victim-pod')
      await t.of('pods').create(wanting('preemptor-pod', 1, { ...here, priorityClassName: `${t.namespace}-high` }))
      const leaving = await podThat(t, 'victim-pod', it => assert.ok(it.metadata?.deletionTimestamp))
      const target = leaving.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
      assert.deepEqual([target?.status, target?.reason], ['True', 'PreemptionByScheduler'])
    },

    'PreemptionExecutionPath runs ReplicaSets to verify preemption running path': async t => {
      const { metadata } = (await usable(t))[0]!
      const nodeSelector = { 'kubernetes.io/hostname': metadata!.labels!['kubernetes.io/hostname']! }
      await offer(t, metadata!.name!, 1000)
      await priorities(t, { p1: 1, p2: 2, p3: 3, p4: 4 })
      const pods = t.of('pods')
      const watching = pods.watch()
      t.defer(() => watching.stop())
      for (const [n, amount] of [200, 300, 450].entries()) {
        const name = `pod${n + 1}`
        const { metadata, spec } = wanting(name, amount, { nodeSelector, priorityClassName: `${t.namespace}-p${n + 1}` })
        await t.of('replicasets').create({
          metadata: { name: `rs-${name}` },
          spec: {
            replicas: 1,
            selector: { matchLabels: { name } },
            template: { metadata: { labels: metadata!.labels! }, spec: spec! },
          },
        })
        await eventually(
          async () => assert.equal((await t.of('replicasets').get(`rs-${name}`)).status?.availableReplicas, 1),
          40_000,
        )
      }
      await pods.create(wanting('pod4', 500, { nodeSelector, priorityClassName: `${t.namespace}-p4` }))
      await podThat(t, 'pod4', it => assert.ok(it.spec?.nodeName))
      const seen = (): number[] =>
        [1, 2, 3].map(
          n =>
            watching.news.filter(({ type, object }) => type === 'ADDED' && object.metadata?.name?.startsWith(`rs-pod${n}-`))
              .length,
        )
      await eventually(async () => assert.deepEqual(seen(), [2, 2, 1]), 40_000)
      await sleep(5000)
      assert.deepEqual(seen(), [2, 2, 1])
    },
  },
  { alone: true },
)
