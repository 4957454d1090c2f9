import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { Queue } from './queue.ts'

const plugin = (name: string, ...wokenBy: ('node added' | 'pod gone')[]) => ({ name, wokenBy, consider: () => undefined })
const plugins = [plugin('Fit', 'pod gone', 'node added'), plugin('Affinity', 'node added')]

const pod = (name: string, priority = 0): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, uid: name },
  spec: { containers: [], priority },
})

const taken = (queue: Queue, now: number): string[] => {
  const names: string[] = []
  for (let next: ReturnType<Queue['take']>; (next = queue.take(now)); ) names.push(next.id)
  return names
}

const rejected = (rejectedBy: string[], attempts = 1): Queue => {
  const queue = new Queue(plugins)
  queue.put(pod('a'), 0)
  for (let i = 0; i < attempts; i++) {
    if (i > 0) queue.wake('node added', i * 100_000)
    queue.reject(queue.take(i * 100_000)!, new Set(rejectedBy), i * 100_000)
  }
  return queue
}

describe('scheduling queue', () => {
  it('hands out pods by priority, then by age', () => {
    const queue = new Queue(plugins)
    queue.put(pod('old'), 1)
    queue.put(pod('important', 10), 3)
    queue.put(pod('new'), 2)
    assert.deepEqual(taken(queue, 4), ['important', 'old', 'new'])
  })

  it('wakes a rejected pod only for what a plugin that rejected it waits for', () => {
    const queue = rejected(['Affinity'])
    queue.wake('pod gone', 5000)
    assert.deepEqual(taken(queue, 5000), [])
    queue.wake('node added', 5000)
    assert.deepEqual(taken(queue, 5000), ['a'])
  })

  it('wakes a pod that nobody rejected for anything', () => {
    const queue = rejected([])
    queue.wake('node labels' as 'node added', 5000)
    assert.deepEqual(taken(queue, 5000), ['a'])
  })

  it('lets a woken pod finish its back-off: 1 s, doubled each time, up to 10 s', () => {
    for (const [attempts, ms] of [
      [1, 1000],
      [2, 2000],
      [3, 4000],
      [4, 8000],
      [5, 10_000],
      [9, 10_000],
    ] as const) {
      const queue = rejected(['Fit'], attempts)
      const failed = (attempts - 1) * 100_000
      queue.wake('pod gone', failed)
      assert.equal(queue.nextAt(), failed + ms)
      assert.deepEqual(taken(queue, failed + ms - 1), [])
      assert.deepEqual(taken(queue, failed + ms), ['a'])
    }
  })

  it('tries a rejected pod again after five minutes if nothing happens', () => {
    const queue = rejected(['Fit'])
    assert.equal(queue.nextAt(), 300_000)
    assert.deepEqual(taken(queue, 299_999), [])
    assert.deepEqual(taken(queue, 300_000), ['a'])
  })

  it('tries a pod that asks for something else again, by its new priority', () => {
    const queue = rejected(['Fit'])
    queue.put(pod('b', 1), 2000)
    queue.put(pod('a', 5), 2000, true)
    assert.deepEqual(taken(queue, 2000), ['a', 'b'])
  })

  it('a newer status alone wakes nobody', () => {
    const queue = rejected(['Fit'])
    queue.put(pod('a'), 2000)
    assert.deepEqual(taken(queue, 2000), [])
  })

  it('forgets a deleted pod, wherever it is', () => {
    const queue = rejected(['Fit'])
    queue.put(pod('b'), 0)
    queue.delete('a')
    queue.delete('b')
    queue.wake('node added', 5000)
    assert.deepEqual(taken(queue, 500_000), [])
    assert.equal(queue.size, 0)
  })
})
