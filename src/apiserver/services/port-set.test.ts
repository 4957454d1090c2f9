import assert from 'node:assert/strict'
import { PortSet, parsePortRange } from './port-set.ts'

const range = { first: 30000, last: 32767 }

describe('a set of ports', () => {
  it('is stored as upstream stores it: a number, whose bytes of zero at the start may be missing', () => {
    const set = new PortSet(range).with([30000, 30009])
    assert.equal(Buffer.from(set.bytes.slice(-2)).toString('hex'), '0201')
    assert.deepEqual([...new PortSet(range, Buffer.from('0201', 'hex'))], [30000, 30009])
    assert.deepEqual([...new PortSet({ first: 1, last: 8 }, Buffer.from('000003', 'hex'))], [1, 2])
  })

  it('takes in only what lies in its range', () => {
    const set = new PortSet(range).with([29999, 30000, 32767, 32768])
    assert.deepEqual([...set], [30000, 32767])
    assert.ok(!set.has(32768) && !set.has(-1))
    set.delete(30000)
    assert.deepEqual([...set], [32767])
  })

  it('finds what is free, above the part for those who ask first', () => {
    const set = new PortSet(range)
    assert.equal(
      set.free(() => 0),
      30086,
    )
    assert.equal(
      set.free(() => 0.9999),
      32767,
    )
    for (let port = 30086; port <= 32767; port++) set.add(port)
    assert.equal(
      set.free(() => 0),
      30000,
    )
    for (let port = 30000; port < 30086; port++) set.add(port)
    assert.equal(
      set.free(() => 0),
      undefined,
    )
    assert.equal(
      new PortSet({ first: 5, last: 5 }).free(() => 0),
      5,
    )
  })

  it('is of a range that is written in any of upstream’s ways', () => {
    assert.deepEqual(parsePortRange('30000-32767'), range)
    assert.deepEqual(parsePortRange('30000 + 10'), { first: 30000, last: 30010 })
    assert.deepEqual(parsePortRange('30000'), { first: 30000, last: 30000 })
    for (const wrong of ['', 'a-b', '5-4', '0-10', '1-70000', '1-2-3'])
      assert.throws(() => parsePortRange(wrong), { message: `${JSON.stringify(wrong)} is no range of ports such as 30000-32767` })
  })
})
