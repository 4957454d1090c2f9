import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Node } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import type { Wire } from './harness/kinds.ts'
import { idle, noPods, type PodSpec, pod, podThat, running } from './harness/pods.ts'
import { tour } from './harness/tour.ts'
import { type Trial, unique } from './harness/trial.ts'

const condition = (it: { status?: { conditions?: { type: string; status: string; reason?: string }[] } }) =>
  it.status?.conditions?.find(({ type }) => type === 'PodScheduled')

const isUnschedulable = (t: Trial, name: string): Promise<unknown> =>
  podThat(t, name, it => assert.deepEqual([condition(it)?.status, condition(it)?.reason], ['False', 'Unschedulable']))

/** Some node, and a label of this test's own on it. */
async function labelled(t: Trial, labels: Record<string, string>): Promise<Wire<V1Node>> {
  const [node] = (await t.of('nodes').items()).filter(({ spec }) => !spec?.unschedulable && !spec?.taints?.length)
  const none = Object.fromEntries(Object.keys(labels).map(key => [key, null]))
  t.defer(() => t.of('nodes').patch(node!.metadata!.name!, { metadata: { labels: none } }))
  return t.of('nodes').patch(node!.metadata!.name!, { metadata: { labels } })
}

const milli = (cpu = '0'): number => (cpu.endsWith('m') ? Number.parseInt(cpu, 10) : Number(cpu) * 1000)

conformance(
  'sig-scheduling',
  'SchedulerPredicates',
  {
    'validates resource limits of pods that are allowed to run': async t => {
      const nodes = (await t.of('nodes').items()).filter(({ spec }) => !spec?.unschedulable && !spec?.taints?.length)
      const pods = (await t.of('pods', '').items()).filter(({ status }) => !/Succeeded|Failed/.test(status?.phase ?? ''))
      const cpu = (amount: number): PodSpec => ({
        containers: [idle({ resources: { requests: { cpu: `${amount}m` }, limits: { cpu: `${amount}m` } } })],
      })
      for (const { metadata, status } of nodes) {
        const name = metadata!.name!
        const used = pods
          .filter(({ spec }) => spec?.nodeName === name)
          .flatMap(({ spec }) => spec!.containers)
          .reduce((sum, { resources }) => sum + milli(resources?.requests?.cpu), 0)
        const filler = Math.floor((milli(status?.allocatable?.cpu) - used) * 0.7)
        const spec = cpu(filler)
        await t.of('pods').create(pod(`filler-${name}`, { ...spec, nodeSelector: { 'kubernetes.io/hostname': name } }))
        await running(t, `filler-${name}`)
      }
      const most = Math.max(...nodes.map(({ status }) => milli(status?.allocatable?.cpu)))
      await t.of('pods').create(pod('additional', cpu(Math.ceil(most * 0.5))))
      await isUnschedulable(t, 'additional')
    },

    'validates that NodeSelector is respected if not matching': async t => {
      await t.of('pods').create(pod('restricted', { nodeSelector: { label: 'nonempty' } }))
      await isUnschedulable(t, 'restricted')
      assert.ok(!(await t.of('pods').get('restricted')).spec?.nodeName)
    },

    'validates that NodeSelector is respected if matching': async t => {
      const key = `kubernetes.io/e2e-${t.namespace}`
      const node = await labelled(t, { [key]: '42' })
      assert.equal((await t.of('nodes').get(node.metadata!.name!)).metadata?.labels?.[key], '42')
      await t.of('pods').create(pod('with-labels', { nodeSelector: { [key]: '42' } }))
      assert.equal((await running(t, 'with-labels')).spec?.nodeName, node.metadata?.name)
    },

    'validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP': async t => {
      const key = `kubernetes.io/e2e-${t.namespace}`
      const node = await labelled(t, { [key]: '90' })
      const hostIP = node.status!.addresses!.find(({ type }) => type === 'InternalIP')!.address
      const with54322 = (name: string, ip: string) =>
        pod(name, {
          nodeSelector: { [key]: '90' },
          containers: [idle({ ports: [{ hostPort: 54322, containerPort: 8080, protocol: 'TCP', hostIP: ip }] })],
        })
      await t.of('pods').create(with54322('pod4', '0.0.0.0'))
      await running(t, 'pod4')
      await t.of('pods').create(with54322('pod5', hostIP))
      await isUnschedulable(t, 'pod5')
    },
  },
  { alone: true },
)

conformance('sig-node', 'RuntimeClass', {
  'should reject a Pod requesting a non-existent RuntimeClass': async t => {
    const asked = t.of('pods').create(pod('it', { runtimeClassName: unique('nonexistent') }), { dryRun: 'All' })
    await assert.rejects(asked, (error: Refusal) => error.code === 403)
  },

  'should reject a Pod requesting a deleted RuntimeClass': async t => {
    const name = unique('deleted')
    await t.of('runtimeclasses').create({ metadata: { name }, handler: 'runc' })
    await t.of('runtimeclasses').delete(name)
    await eventually(() => t.of('runtimeclasses').isGone(name))
    await eventually(async () => {
      const asked = t.of('pods').create(pod('it', { runtimeClassName: name }), { dryRun: 'All' })
      await assert.rejects(asked, (error: Refusal) => error.code === 403)
    }, 12_000)
  },

  'should schedule a Pod requesting a RuntimeClass without PodOverhead': async t => {
    const name = unique('preconfigured')
    t.defer(() => t.of('runtimeclasses').delete(name))
    await t.of('runtimeclasses').create({ metadata: { name }, handler: 'test-handler' })
    await eventually(() => t.of('pods').create(pod('it', { runtimeClassName: name })))
    const it = await podThat(t, 'it', now => assert.equal(condition(now)?.status, 'True'))
    assert.ok(!it.spec?.overhead)
  },

  'should schedule a Pod requesting a RuntimeClass and initialize its Overhead': async t => {
    const name = unique('preconfigured')
    t.defer(() => t.of('runtimeclasses').delete(name))
    const podFixed = { cpu: '10m', memory: '1Mi' }
    await t.of('runtimeclasses').create({ metadata: { name }, handler: 'test-handler', overhead: { podFixed } })
    await eventually(() => t.of('pods').create(pod('it', { runtimeClassName: name })))
    const it = await podThat(t, 'it', now => assert.equal(condition(now)?.status, 'True'))
    assert.deepEqual(it.spec?.overhead, podFixed)
  },

  'should support RuntimeClasses API operations': async t => {
    await tour(t, 'runtimeclasses', (name, labels) => ({ metadata: { name, labels }, handler: 'runc' }))
  },
})

/** A taint that evicts, which goes with the test. */
async function taint(t: Trial, node: string, key: string): Promise<() => Promise<unknown>> {
  await t.of('nodes').change(node, it => {
    it.spec!.taints = [...(it.spec!.taints ?? []), { key, value: 'evictTaintVal', effect: 'NoExecute' }]
  })
  const remove = (): Promise<unknown> =>
    t.of('nodes').change(node, it => {
      it.spec!.taints = (it.spec!.taints ?? []).filter(each => each.key !== key)
    })
  t.defer(remove)
  return remove
}

const tolerating = (name: string, key: string, tolerationSeconds: number, nodeName?: string) =>
  pod(
    name,
    {
      tolerations: [{ key, operator: 'Equal', value: 'evictTaintVal', effect: 'NoExecute', tolerationSeconds }],
      ...(nodeName && { nodeName }),
    },
    { group: 'taint', name },
  )

conformance(
  'sig-node',
  'NoExecuteTaintManager Single Pod',
  {
    'removing taint cancels eviction': async t => {
      const key = `kubernetes.io/e2e-${t.namespace}`
      await t.of('pods').create(tolerating('it', key, 3))
      const { spec } = await running(t, 'it')
      const remove = await taint(t, spec!.nodeName!, key)
      await sleep(1000)
      assert.ok(!(await t.of('pods').get('it')).metadata?.deletionTimestamp)
      await remove()
      await sleep(4000)
      assert.ok(!(await t.of('pods').get('it')).metadata?.deletionTimestamp)
    },
  },
  { alone: true },
)

conformance(
  'sig-node',
  'NoExecuteTaintManager Multiple Pods',
  {
    'evicts pods with minTolerationSeconds': async t => {
      const key = `kubernetes.io/e2e-${t.namespace}`
      await t.of('pods').create(tolerating('taint-eviction-b1', key, 1))
      const node = (await running(t, 'taint-eviction-b1')).spec!.nodeName!
      await t.of('pods').create(tolerating('taint-eviction-b2', key, 4, node))
      await running(t, 'taint-eviction-b2')
      await taint(t, node, key)
      await noPods(t, 'name=taint-eviction-b1')
      assert.ok(!(await t.of('pods').get('taint-eviction-b2')).metadata?.deletionTimestamp)
      await noPods(t, 'group=taint')
    },
  },
  { alone: true },
)
