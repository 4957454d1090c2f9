import assert from 'node:assert/strict'
import type { Clock } from '#machinery/clock.ts'
import { Queue } from './queue.ts'

/** A clock that goes on only when told to. */
class Hands implements Clock {
  #now = 0
  #sleepers: { due: number; wake: () => void }[] = []
  now = (): Date => new Date(this.#now)
  sleep = (ms: number): Promise<void> => new Promise(wake => this.#sleepers.push({ due: this.#now + ms, wake }))
  async go(ms: number): Promise<void> {
    this.#now += ms
    for (const { wake } of this.#sleepers.filter(({ due }) => due <= this.#now)) wake()
    this.#sleepers = this.#sleepers.filter(({ due }) => due > this.#now)
    await new Promise(setImmediate)
  }
}

describe('the work queue', () => {
  const signal = new AbortController().signal
  let clock: Hands
  let queue: Queue<string>

  beforeEach(() => {
    clock = new Hands()
    queue = new Queue(item => item, clock)
  })

  it('hands out each item once, in the order they were added', async () => {
    for (const item of ['a', 'b', 'a']) queue.add(item)
    assert.deepEqual([await queue.take(signal), await queue.take(signal), queue.length], ['a', 'b', 0])
  })

  it('hands out what was added while it was worked on again, but not before it is done', async () => {
    queue.add('a')
    await queue.take(signal)
    queue.add('a')
    assert.equal(queue.length, 0)
    queue.done('a')
    assert.equal(await queue.take(signal), 'a')
  })

  it('wakes a taker when something is added, and lets it go when the signal aborts', async () => {
    const taking = queue.take(signal)
    queue.add('a')
    assert.equal(await taking, 'a')
    const stop = new AbortController()
    const waiting = queue.take(stop.signal)
    stop.abort()
    assert.equal(await waiting, undefined)
  })

  it('doubles the pause of an item that keeps failing, until it is forgotten', async () => {
    const pauses: number[] = []
    for (let round = 0; round < 4; round++) {
      if (round === 3) queue.forget('a')
      queue.fail('a', signal)
      let waited = 0
      for (; queue.length === 0; waited++) await clock.go(1)
      pauses.push(waited)
      queue.done((await queue.take(signal))!)
    }
    assert.deepEqual(pauses, [5, 10, 20, 5])
  })

  it('keeps the earliest of several promises to add an item later', async () => {
    queue.addAfter('a', 100, signal)
    queue.addAfter('a', 10, signal)
    queue.addAfter('a', 50, signal)
    await clock.go(10)
    assert.equal(await queue.take(signal), 'a')
    queue.done('a')
    await clock.go(100)
    assert.equal(queue.length, 0)
  })
})
