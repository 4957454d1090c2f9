import assert from 'node:assert/strict'
import { FairQueues } from './fair-queues.ts'
import { handOf } from './hand.ts'

describe('a hand', () => {
  it('has different queues, always the same for a flow, and all queues in the end', () => {
    assert.deepEqual(handOf('a', 64, 6), handOf('a', 64, 6))
    const seen = new Set<number>()
    for (let flow = 0; flow < 500; flow++) {
      const hand = handOf(`${flow}`, 64, 6)
      assert.equal(new Set(hand).size, 6)
      for (const card of hand) {
        assert.ok(card >= 0 && card < 64)
        seen.add(card)
      }
    }
    assert.equal(seen.size, 64)
    assert.deepEqual(handOf('a', 3, 3).toSorted(), [0, 1, 2])
  })
})

describe('fair queues', () => {
  const all = (queues: FairQueues<string>): string[] => {
    const taken: string[] = []
    for (let item = queues.next(); item !== undefined; item = queues.next()) taken.push(item)
    return taken
  }

  it('serve each queue in its order', () => {
    const queues = new FairQueues<string>({ queues: 1, handSize: 1, queueLengthLimit: 3 })
    for (const item of ['1', '2', '3']) queues.add('a', item)
    assert.equal(queues.size, 3)
    assert.ok(queues.isFull('a'))
    assert.deepEqual(all(queues), ['1', '2', '3'])
    assert.ok(!queues.isFull('a'))
  })

  it('let one who comes after a flood wait for one round only', () => {
    const queues = new FairQueues<string>({ queues: 128, handSize: 6, queueLengthLimit: 50 })
    for (let n = 0; n < 300; n++) queues.add('flood', 'flood')
    assert.ok(queues.isFull('flood'))
    for (let n = 0; n < 60; n++) queues.next()
    assert.ok(!queues.isFull('late'))
    queues.add('late', 'late')
    const taken = all(queues)
    assert.ok(taken.indexOf('late') <= 6, `${taken.indexOf('late')}`)
    assert.equal(taken.length, 241)
  })

  it('give busy queues equal turns, and save nothing up for an idle one', () => {
    const queues = new FairQueues<string>({ queues: 1000, handSize: 1, queueLengthLimit: 50 })
    for (let n = 0; n < 10; n++) queues.add('a', 'a')
    for (let n = 0; n < 6; n++) queues.next()
    for (let n = 0; n < 4; n++) queues.add('b', 'b')
    assert.equal(
      all(queues)
        .slice(0, 6)
        .filter(item => item === 'a').length,
      3,
    )
    assert.equal(queues.size, 0)
  })

  it('forget whoever does not wait any longer', () => {
    const queues = new FairQueues<string>({ queues: 8, handSize: 2, queueLengthLimit: 50 })
    for (const item of ['1', '2', '3', '4']) queues.add('a', item)
    assert.deepEqual(queues.remove(item => item > '2').toSorted(), ['3', '4'])
    assert.equal(queues.size, 2)
    assert.deepEqual(all(queues).toSorted(), ['1', '2'])
  })
})
