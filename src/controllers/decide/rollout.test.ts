import assert from 'node:assert/strict'
import type { Deployment, ReplicaSet } from '#api/apps/v1.ts'
import { limitsOf, scaleSets, shrinkOld, sizeOfNew } from './rollout.ts'

const template = { metadata: {}, spec: { containers: [] } }
const selector = {}

const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas, selector, template, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
})

/** `sized`: how large the deployment was when the set was last scaled, and how large it might become. */
const set = (name: string, replicas: number, availableReplicas = replicas, sized?: [number, number]): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
    annotations: sized
      ? {
          'deployment.kubernetes.io/desired-replicas': String(sized[0]),
          'deployment.kubernetes.io/max-replicas': String(sized[1]),
        }
      : {},
  },
  spec: { replicas, selector, template },
  status: { replicas, availableReplicas },
})

const sizes = (scalings: ReturnType<typeof shrinkOld>): string =>
  scalings.map(({ set, size }) => `${set.metadata.name}=${size}`).join(' ')

describe('a rolling update', () => {
  it('rounds the surge up and the unavailable down, and lets one be missing rather than stand still', () => {
    assert.deepEqual(limitsOf(deployment(10, '25%', '25%')), { maxSurge: 3, maxUnavailable: 2 })
    assert.deepEqual(limitsOf(deployment(1, 0, '25%')), { maxSurge: 0, maxUnavailable: 1 })
    assert.deepEqual(limitsOf(deployment(2, 1, 5)), { maxSurge: 1, maxUnavailable: 2 })
  })

  it('grows the new set as far as the surge allows', () => {
    const old = set('a', 10)
    const fresh = set('bb', 0)
    assert.equal(sizeOfNew(deployment(10, 3, 2), fresh, [old, fresh]), 3)
    assert.equal(sizeOfNew(deployment(10, '100%', 0), fresh, [old, fresh]), 10)
    assert.equal(sizeOfNew(deployment(10, 0, 2), fresh, [old, fresh]), 0)
  })

  it('shrinks old sets no further than keeps enough pods available', () => {
    assert.equal(sizes(shrinkOld(deployment(10, 3, 2), set('bb', 3, 0), [set('a', 10)])), 'a=8')
    assert.equal(sizes(shrinkOld(deployment(10, 3, 2), set('bb', 5, 5), [set('a', 8)])), 'a=3')
    assert.equal(sizes(shrinkOld(deployment(10, 3, 0), set('bb', 3, 0), [set('a', 10)])), '')
  })

  it('takes pods that are not available first, the oldest set first', () => {
    assert.equal(sizes(shrinkOld(deployment(10, 2, 2), set('ccc', 2, 0), [set('a', 5, 2), set('bb', 5, 5)])), 'a=3')
  })
})

describe('scaling a deployment', () => {
  it('scales the one active set', () => {
    assert.equal(sizes(scaleSets(deployment(5, 1, 0), set('bb', 3), [set('a', 0)])), 'bb=5')
  })

  it('shares the change out in the middle of a rollout, the largest set taking what is left over', () => {
    const web = { ...deployment(20, 3, 2), status: { replicas: 13 } }
    const scaled = scaleSets(web, set('bb', 5, 0, [10, 13]), [set('a', 8, 8, [10, 13])])
    assert.equal(sizes(scaled), 'a=14 bb=9')
    assert.equal(sizes(scaleSets(deployment(0, 3, 2), set('bb', 5, 0, [10, 13]), [set('a', 8, 8, [10, 13])])), 'a=0 bb=0')
  })
})
