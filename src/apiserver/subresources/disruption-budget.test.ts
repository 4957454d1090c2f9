import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { charged, guardOf } from './disruption-budget.ts'

const now = new Date('2026-01-01T00:00:00Z')

const pod = (phase: string, isReady = false, deleted = false): Pod =>
  ({
    metadata: { name: 'a', labels: { app: 'web' }, ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    status: { phase, conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  }) as unknown as Pod

const budget = (status: object = {}, spec: object = {}, app = 'web'): PodDisruptionBudget =>
  ({
    metadata: { name: 'it', generation: 2 },
    spec: { selector: { matchLabels: { app } }, ...spec },
    status: { observedGeneration: 2, ...status },
  }) as unknown as PodDisruptionBudget

describe('a disruption budget', () => {
  it('is asked about a pod that works', () => {
    const it = budget()
    assert.equal(guardOf(pod('Running', true), [it]), it)
    assert.equal(guardOf(pod('Running', true), [budget({}, {}, 'other')]), 'free')
    assert.equal(guardOf(pod('Running', true), []), 'free')
  })

  it('is not asked about one that is over, goes already, or has not begun', () => {
    assert.equal(guardOf(pod('Failed'), [budget()]), 'free')
    assert.equal(guardOf(pod('Running', true, true), [budget()]), 'free')
    assert.equal(guardOf(pod('Pending'), [budget()]), 'unchanged')
  })

  it('lets a pod go that is not ready where enough others are, or where it says so', () => {
    const sick = pod('Running')
    assert.equal(guardOf(sick, [budget({ desiredHealthy: 1, currentHealthy: 1 })]), 'unchanged')
    assert.equal(typeof guardOf(sick, [budget({ desiredHealthy: 2, currentHealthy: 1 })]), 'object')
    assert.equal(typeof guardOf(sick, [budget({ desiredHealthy: 0, currentHealthy: 0 })]), 'object')
    assert.equal(guardOf(sick, [budget({ desiredHealthy: 2 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' })]), 'unchanged')
  })

  it('must be the only one', () => {
    assert.throws(() => guardOf(pod('Running', true), [budget(), budget()]), {
      reason: 'Forbidden',
      message: /more than one PodDisruptionBudget/,
    })
  })

  it('is charged with each disruption, and notes whom', () => {
    const { status } = charged(budget({ disruptionsAllowed: 2 }), 'a', now)
    assert.deepEqual([status?.disruptionsAllowed, status?.disruptedPods], [1, { a: '2026-01-01T00:00:00Z' }])
    const last = charged(budget({ disruptionsAllowed: 1 }), 'a', now).status
    assert.deepEqual([last?.disruptionsAllowed, last?.conditions?.[0]?.reason], [0, 'InsufficientPods'])
  })

  it('refuses for now what it does not allow, does not know yet, or cannot know', () => {
    const why = (it: PodDisruptionBudget): string => {
      try {
        charged(it, 'a', now)
      } catch (error) {
        return (error as { details: { causes: { message: string }[] } }).details.causes[0]!.message
      }
      return ''
    }
    assert.match(why(budget({ observedGeneration: 1, disruptionsAllowed: 1 })), /is still being processed/)
    assert.match(why(budget({ desiredHealthy: 3, currentHealthy: 2 })), /needs 3 healthy pods and has 2 currently$/)
    const conditions = [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'nobody knows' }]
    assert.match(why(budget({ conditions })), /because it failed sync: nobody knows$/)
    assert.throws(() => charged(budget({ disruptionsAllowed: -1 }), 'a', now), { reason: 'Forbidden' })
  })
})
