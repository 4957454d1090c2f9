import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { disruptionStatus, expectation, notDeleted, staleIn } from './disruption.ts'

const now = new Date('2026-01-01T00:10:00Z')
const [recently, longAgo] = ['2026-01-01T00:09:00Z', '2026-01-01T00:07:00Z']

const pod = (name: string, more: { ready?: boolean; deleted?: boolean; conditions?: object[]; phase?: string } = {}): Pod =>
  ({
    metadata: { name, ...(more.deleted && { deletionTimestamp: recently }) },
    status: {
      phase: more.phase ?? 'Running',
      conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }, ...(more.conditions ?? [])],
    },
  }) as unknown as Pod
const budget = (status: object = {}): PodDisruptionBudget =>
  ({ metadata: { generation: 3 }, spec: {}, status }) as PodDisruptionBudget

describe('how many disruptions a budget allows', () => {
  it('follows from how many pods there should be, and how many healthy; shares are rounded up', () => {
    assert.deepEqual(expectation({ minAvailable: 2 }, 5, 0), { expected: 5, desired: 2 })
    assert.deepEqual(expectation({ minAvailable: '50%' }, 0, 7), { expected: 7, desired: 4 })
    assert.deepEqual(expectation({ maxUnavailable: 2 }, 0, 7), { expected: 7, desired: 5 })
    assert.deepEqual(expectation({ maxUnavailable: '30%' }, 0, 7), { expected: 7, desired: 4 })
    assert.deepEqual(expectation({ maxUnavailable: 9 }, 0, 7), { expected: 7, desired: 0 })
    assert.deepEqual(expectation({}, 3, 0), { expected: 0, desired: 0 })
  })

  it('counts as healthy what is ready and neither goes nor has just been evicted', () => {
    const pods = [pod('a'), pod('b', { ready: false }), pod('c', { deleted: true }), pod('d'), pod('e')]
    const before = { disruptedPods: { d: recently, e: longAgo, f: recently } }
    const status = disruptionStatus(budget(before), pods, { expected: 5, desired: 1 }, now)
    const { conditions, ...rest } = status
    assert.deepEqual(rest, {
      observedGeneration: 3,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 5,
      disruptionsAllowed: 1,
      disruptedPods: { d: recently },
    })
    assert.deepEqual([conditions?.[0]?.status, conditions?.[0]?.reason], ['True', 'SufficientPods'])
    assert.deepEqual(
      notDeleted(budget(before), pods, now).map(({ metadata }) => metadata.name),
      ['e'],
    )
  })

  it('is none while there are no pods, and never less', () => {
    assert.equal(disruptionStatus(budget(), [pod('a')], { expected: 0, desired: 0 }, now).disruptionsAllowed, 0)
    assert.equal(disruptionStatus(budget(), [], { expected: 3, desired: 2 }, now).disruptionsAllowed, 0)
  })

  it('keeps the time since which its condition holds', () => {
    const first = disruptionStatus(budget(), [pod('a')], { expected: 1, desired: 0 }, now)
    const later = disruptionStatus(budget(first), [pod('a')], { expected: 1, desired: 0 }, new Date('2026-01-02T00:00:00Z'))
    assert.deepEqual(later, first)
  })
})

describe('what a pod says of its own end', () => {
  const says = (at: string, reason = 'EvictionByEvictionAPI') => ({
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime: at }],
  })
  it('is believed for two minutes, or as long as it is true', () => {
    assert.equal(staleIn(pod('a', says(recently)), now), 60_000)
    assert.equal(staleIn(pod('a', says(longAgo)), now), 0)
    assert.equal(staleIn(pod('a', { ...says(longAgo), deleted: true }), now), undefined)
    assert.equal(staleIn(pod('a', { ...says(longAgo), phase: 'Failed' }), now), undefined)
    assert.equal(staleIn(pod('a', says(longAgo, 'TerminationByKubelet')), now), undefined)
    assert.equal(staleIn(pod('a'), now), undefined)
  })
})
