import assert from 'node:assert/strict'
import { allocate, boundsOf, type Wish } from './concurrency.ts'
import { Demand } from './demand.ts'

describe('seats', () => {
  it('are divided by shares, and may be lent and borrowed within bounds', () => {
    const parts = [
      { shares: 30, lendable: 33, borrowable: undefined },
      { shares: 10, lendable: 0, borrowable: 50 },
      { shares: 0, lendable: 0, borrowable: 0 },
    ]
    assert.deepEqual(boundsOf(parts, 100), [
      { nominal: 75, least: 50, most: 175 },
      { nominal: 25, least: 25, most: 38 },
      { nominal: 0, least: 0, most: 0 },
    ])
    assert.deepEqual(boundsOf([{ shares: 0, lendable: 0, borrowable: undefined }], 100), [{ nominal: 0, least: 0, most: 100 }])
  })

  const wish = (nominal: number, least: number, most: number, peak: number, smoothed = peak, isExempt = false): Wish => ({
    nominal,
    least,
    most,
    peak,
    smoothed,
    isExempt,
  })
  const cases: { what: string; levels: Wish[]; seats: number[] }[] = [
    {
      what: 'go to whoever wants them, while the others keep their least',
      levels: [wish(50, 25, 150, 300), wish(50, 10, 150, 0)],
      seats: [90, 10],
    },
    {
      what: 'come back to whoever has lent them and wants them again',
      levels: [wish(50, 25, 150, 300), wish(50, 10, 150, 50)],
      seats: [50, 50],
    },
    {
      what: 'are not lent beyond the limit of borrowing',
      levels: [wish(50, 25, 60, 300), wish(50, 10, 150, 0)],
      seats: [60, 40],
    },
    {
      what: 'are shared in proportion by those who want more',
      levels: [wish(50, 10, 150, 0, 15), wish(50, 10, 150, 0, 45)],
      seats: [25, 75],
    },
    {
      what: 'are taken from all alike for the exempt',
      levels: [wish(0, 0, 100, 50, 50, true), wish(50, 20, 150, 50), wish(50, 20, 150, 50)],
      seats: [50, 25, 25],
    },
    {
      what: 'are at least the least, however many the exempt take',
      levels: [wish(0, 0, 100, 500, 500, true), wish(50, 20, 150, 50), wish(50, 20, 150, 50)],
      seats: [500, 20, 20],
    },
  ]
  for (const { what, levels, seats } of cases) it(what, () => assert.deepEqual(allocate(levels), seats))
})

describe('the demand for seats', () => {
  it('is at once as high as what is wanted, and goes down slowly', () => {
    const demand = new Demand()
    demand.add(10, 10_000)
    assert.deepEqual(demand.report(), { peak: 10, smoothed: 10 })
    demand.add(0, 5000)
    demand.add(40, 0)
    const { peak, smoothed } = demand.report()
    assert.equal(peak, 40)
    assert.ok(smoothed > 9.7 && smoothed < 10, `${smoothed}`)
    assert.deepEqual(demand.report().peak, 0)
  })
})
