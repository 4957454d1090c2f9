import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { podsToDelete } from './pod-ranking.ts'

const now = new Date('2026-01-02T00:00:00Z')

interface Traits {
  node?: string
  phase?: 'Pending' | 'Running'
  ready?: string
  cost?: string
  restarts?: number
  created?: string
}

const pod = (
  name: string,
  { node = 'n1', phase = 'Running', ready, cost, restarts = 0, created = '2026-01-01T00:00:00Z' }: Traits = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    creationTimestamp: created,
    annotations: cost ? { 'controller.kubernetes.io/pod-deletion-cost': cost } : {},
  },
  spec: { ...(node && { nodeName: node }), containers: [] },
  status: {
    phase,
    conditions: ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: ready }] : [],
    containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }],
  },
})

const firstOf = (...pods: Pod[]): string | undefined => podsToDelete(pods, pods, 1, now)[0]?.metadata.name

describe('the pod that goes first when there are too many', () => {
  const long = '2026-01-01T00:00:00Z'
  it('has no node', () => assert.equal(firstOf(pod('a'), pod('b', { node: '' })), 'b'))
  it('has not begun to run', () => assert.equal(firstOf(pod('a'), pod('b', { phase: 'Pending' })), 'b'))
  it('is not ready', () => assert.equal(firstOf(pod('a', { ready: long }), pod('b')), 'b'))
  it('costs less to lose', () =>
    assert.equal(
      firstOf(pod('a', { ready: long, cost: '5' }), pod('b', { ready: long }), pod('c', { ready: long, cost: '-5' })),
      'c',
    ))
  it('shares its node with others of the same owner', () =>
    assert.equal(
      firstOf(pod('a', { ready: long, node: 'n2' }), pod('b', { ready: long }), pod('c', { ready: long })) === 'a',
      false,
    ))
  it('has become ready an order of magnitude later', () =>
    assert.equal(firstOf(pod('a', { ready: long }), pod('b', { ready: '2026-01-01T23:59:00Z' })), 'b'))
  it('has been restarted more often', () =>
    assert.equal(firstOf(pod('a', { ready: long }), pod('b', { ready: long, restarts: 3 })), 'b'))
  it('is younger by an order of magnitude', () =>
    assert.equal(firstOf(pod('a'), pod('b', { created: '2026-01-01T23:59:00Z' })), 'b'))
  it('is any of those of about the same age', () =>
    assert.equal(firstOf(pod('b', { created: '2026-01-01T00:00:01Z' }), pod('a')), 'a'))
})
