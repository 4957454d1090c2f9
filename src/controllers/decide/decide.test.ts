import assert from 'node:assert/strict'
import type { Node, Pod } from '#api/core/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { stayMs } from './eviction.ts'
import { silentConditions, taintsOf } from './node-health.ts'
import { judge } from './ownership.ts'
import { presentAnnotations } from './revisions.ts'

const now = new Date('2026-01-01T00:00:00Z')

describe('what becomes of an object', () => {
  const object = (...owners: string[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ownerReferences: owners.map(uid => ({ apiVersion: 'v1', kind: 'X', name: uid, uid })) },
  })
  const dying: KubeObject = {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] },
  }

  it('depends on no owner where it has none', () => assert.deepEqual(judge(object(), [], []), { act: 'leave' }))
  it('is nothing while one owner is left, but the others are forgotten', () => {
    assert.deepEqual(judge(object('a'), ['solid'], []), { act: 'leave' })
    const verdict = judge(object('a', 'b'), ['solid', 'absent'], [])
    assert.ok(verdict.act === 'unlink')
    assert.deepEqual(
      verdict.keep.map(({ uid }) => uid),
      ['a'],
    )
  })
  it('is its end when all owners are gone or wait for it', () => {
    assert.deepEqual(judge(object('a'), ['absent'], []), { act: 'delete', propagation: 'Background', unblock: false })
    assert.deepEqual(judge(object('a'), ['dying'], []), { act: 'delete', propagation: 'Background', unblock: false })
  })
  it('is an end in turn where its owner waits and it has dependents itself', () => {
    assert.deepEqual(judge(object('a'), ['dying'], [object()]), { act: 'delete', propagation: 'Foreground', unblock: false })
    assert.deepEqual(judge(object('a'), ['dying'], [dying]), { act: 'delete', propagation: 'Foreground', unblock: true })
  })
})

describe('a node that has fallen silent', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', creationTimestamp: '2025-12-31T00:00:00Z' },
    spec: { taints: [{ key: 'mine', effect: 'NoSchedule' }] },
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }] },
  }
  const conditions = silentConditions(node, now)
  const silent: Node = { ...node, status: { conditions } }

  it('has unknown conditions, those it never reported included', () => {
    assert.deepEqual(
      conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
      [
        'Ready Unknown NodeStatusUnknown',
        'MemoryPressure Unknown NodeStatusNeverUpdated',
        'DiskPressure Unknown NodeStatusNeverUpdated',
        'PIDPressure Unknown NodeStatusNeverUpdated',
      ],
    )
  })
  it('is tainted, and keeps the taints of others', () => {
    const taints = (evict: boolean): string[] => taintsOf(silent, evict, now).map(({ key, effect }) => `${key}:${effect}`)
    assert.deepEqual(taints(false), ['mine:NoSchedule', 'node.kubernetes.io/unreachable:NoSchedule'])
    assert.deepEqual(taints(true), [
      'mine:NoSchedule',
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ])
  })
  it('loses our taints when it is back', () => {
    const tainted: Node = { ...node, spec: { taints: taintsOf(silent, true, now) } }
    assert.deepEqual(taintsOf(tainted, false, now), [{ key: 'mine', effect: 'NoSchedule' }])
  })
})

describe('how long a pod may stay on a tainted node', () => {
  const taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' as const }]
  const pod = (tolerations: NonNullable<Pod['spec']['tolerations']>): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec: { containers: [], tolerations },
  })
  const toleration = { key: 'node.kubernetes.io/unreachable', operator: 'Exists' as const, effect: 'NoExecute' as const }

  it('is not at all, for a while, or for ever', () => {
    assert.equal(stayMs(pod([]), taints), 0)
    assert.equal(stayMs(pod([{ ...toleration, tolerationSeconds: 300 }]), taints), 300_000)
    assert.equal(stayMs(pod([toleration]), taints), Infinity)
  })
})

describe('the annotations of the present set', () => {
  it('remember the revisions it had before', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { annotations: { a: 'b', 'deployment.kubernetes.io/revision': '2' } },
    }
    const before = { 'deployment.kubernetes.io/revision': '1' }
    assert.deepEqual(presentAnnotations(deployment as never, before, 3n), {
      a: 'b',
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
  })
})
