import assert from 'node:assert/strict'
import { Level } from './level.ts'

const queuing = { queues: 8, handSize: 2, queueLengthLimit: 1 }
const never = new AbortController().signal
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('a level of priority', () => {
  let now = 0
  const level = (limit: number, queues: typeof queuing | undefined): Level => {
    const made = new Level(() => now)
    made.queuing = queues
    made.limit = limit
    return made
  }

  it('lets as many begin as it has seats, and the next when one has left', async () => {
    const here = level(2, queuing)
    assert.deepEqual([here.begin(), here.begin(), here.begin()], [true, true, false])
    let served = false
    const waiting = here.wait('a', never).then(isServed => (served = isServed))
    await turn()
    assert.ok(!served)
    here.leave()
    assert.ok(!here.begin(), 'nobody overtakes those who wait')
    assert.equal(await waiting, true)
  })

  it('turns away whoever finds the queues of its hand full, and no other', async () => {
    const here = level(1, queuing)
    here.begin()
    void here.wait('a', never)
    void here.wait('a', never)
    assert.equal(await here.wait('a', never), false)
    const others = ['b', 'c', 'd', 'e'].map(flow => here.wait(flow, never))
    here.limit = 100
    assert.ok((await Promise.all(others)).includes(true))
  })

  it('without queues turns away whoever finds no seat', async () => {
    const here = level(1, undefined)
    assert.ok(here.begin())
    assert.ok(!here.begin())
    assert.equal(await here.wait('a', never), false)
  })

  it('that is exempt lets everybody begin', () => {
    const here = level(Number.POSITIVE_INFINITY, undefined)
    for (let n = 0; n < 10_000; n++) assert.ok(here.begin())
  })

  it('gives others their turn in the middle of a flood', async () => {
    const here = level(1000, queuing)
    let begun = 0
    for (let n = 0; n < 100; n++) if (here.begin()) begun++
    assert.ok(begun < 100 && begun > 0)
    assert.equal(await here.wait('a', never), true)
  })

  it('turns away whoever has waited too long, or has gone', async () => {
    const here = level(1, queuing)
    here.begin()
    const late = here.wait('a', never)
    const gone = new AbortController()
    const left = here.wait('b', gone.signal)
    gone.abort()
    assert.equal(await left, false)
    now += 14_000
    here.expire()
    const later = here.wait('c', never)
    now += 1000
    here.expire()
    assert.equal(await late, false)
    here.leave()
    assert.equal(await later, true)
  })

  it('keeps those who wait when its queues change', async () => {
    const here = level(1, queuing)
    here.begin()
    const waiting = here.wait('a', never)
    here.queuing = undefined
    here.leave()
    assert.equal(await waiting, true)
  })

  it('knows how many seats were wanted', async () => {
    const here = level(1, queuing)
    here.begin()
    void here.wait('a', never)
    await turn()
    now += 1000
    const { peak, smoothed } = here.report()
    assert.deepEqual([peak, smoothed], [2, 2])
  })
})
