import assert from 'node:assert/strict'
import { isLinearizable, type Operation } from './checker.ts'

type Register = Operation<number>

const write = (value: number, invoked: number, returned = Number.POSITIVE_INFINITY): Register => ({
  invoked,
  returned,
  apply: () => value,
})
const read = (value: number, invoked: number, returned: number): Register => ({
  invoked,
  returned,
  apply: state => (state === value ? state : undefined),
})
const holds = (...history: readonly Register[]): boolean => isLinearizable(history, 0, String)

describe('the checker of histories', () => {
  it('accepts what some order explains', () => {
    assert.ok(holds())
    assert.ok(holds(write(1, 0, 1), read(1, 2, 3)))
    assert.ok(holds(write(1, 0, 10), read(0, 1, 2), read(1, 3, 4)))
    assert.ok(holds(write(1, 0, 10), write(2, 0, 10), read(2, 11, 12), read(2, 13, 14)))
    assert.ok(holds(write(1, 0), read(0, 5, 6), read(1, 7, 8)))
    assert.ok(holds(write(1, 0), read(0, 5, 6)))
  })

  it('refuses stale reads, reads that go back, and lost writes', () => {
    assert.ok(!holds(write(1, 0, 1), read(0, 2, 3)))
    assert.ok(!holds(write(1, 0, 10), read(1, 1, 2), read(0, 3, 4)))
    assert.ok(!holds(write(1, 0, 10), write(2, 0, 10), read(1, 11, 12), read(2, 13, 14)))
    assert.ok(!holds(write(1, 0), read(1, 5, 6), read(0, 7, 8)))
    assert.ok(!holds(read(3, 0, 1)))
  })

  it('is done soon with a long history of many at once', () => {
    const history = Array.from({ length: 400 }, (_, at) => [
      write(at, 10 * at, 10 * at + 25),
      read(at, 10 * at + 30, 10 * at + 34),
    ]).flat()
    assert.ok(holds(...history))
    assert.ok(!holds(...history, read(-1, 10_000, 10_001)))
  })
})
