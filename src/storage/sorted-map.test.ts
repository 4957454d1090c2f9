import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SortedMap } from './sorted-map.ts'

const key = fc.string({ maxLength: 2 })
const step = fc.record({ key, value: fc.option(fc.nat(), { nil: undefined }) })
const last = '\u{ffff}'

describe('a sorted map', () => {
  it('says what a map and a sort say, after every step, and of each earlier state still what it said then', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), key, key, (steps, start, end) => {
        let map = SortedMap.empty<number>()
        const plain = new Map<string, number>()
        const states = steps.map(({ key, value }) => {
          if (value === undefined) plain.delete(key)
          else plain.set(key, value)
          map = value === undefined ? map.without(key) : map.with(key, value)
          return { map, wanted: [...plain].sort(([a], [b]) => (a < b ? -1 : 1)) }
        })
        for (const { map, wanted } of states) {
          const inRange = wanted.filter(([key]) => start <= key && key < end)
          assert.deepEqual(
            [...map.values(start, end)],
            inRange.map(([, value]) => value),
          )
          assert.equal(map.count(start, end), inRange.length)
          assert.equal(map.get(start), wanted.find(([key]) => key === start)?.[1])
        }
      }),
    )
  })

  it('stays shallow, whatever the order in which keys come and go: a deep one would end the stack', () => {
    const names = Array.from({ length: 100_000 }, (_, at) => `${at}`.padStart(6, '0'))
    let map = SortedMap.empty<string>()
    for (const name of names) map = map.with(name, name)
    for (const name of names.slice(0, 90_000)) map = map.without(name)
    for (const name of names.slice(0, 50_000).reverse()) map = map.with(name, name)
    assert.equal(map.count('', last), 60_000)
    assert.deepEqual([...map.values('049998', '090002')], ['049998', '049999', '090000', '090001'])
  })
})
