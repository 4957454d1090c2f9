import assert from 'node:assert/strict'
import { parseIp } from '#machinery/ip.ts'
import { AddressRange } from './address-range.ts'

const firstOf = (cidr: string, random: number): string | undefined =>
  new AddressRange(cidr).inTurn(() => random).next().value ?? undefined

describe('a range of addresses', () => {
  it('gives each address once: neither the network’s own nor, of IPv4, the last', () => {
    const all = [...new AddressRange('10.0.0.0/28').inTurn(() => 0.5)]
    assert.equal(all.length, 14)
    assert.deepEqual(new Set(all), new Set(Array.from({ length: 14 }, (_, n) => `10.0.0.${n + 1}`)))
    assert.equal([...new AddressRange('fd00::/124').inTurn(() => 0)].length, 15)
    for (const none of ['10.0.0.1/32', '10.0.0.0/31']) assert.deepEqual([...new AddressRange(none).inTurn(() => 0)], [])
  })

  it('leaves its lower part to those who ask, as much as upstream does, and gives it out last', () => {
    assert.equal(firstOf('10.96.0.0/16', 0), '10.96.1.1')
    assert.equal(firstOf('10.96.0.0/20', 0), '10.96.1.1')
    assert.equal(firstOf('10.96.0.0/24', 0), '10.96.0.17')
    assert.equal(firstOf('10.96.0.0/27', 0), '10.96.0.17')
    assert.equal(firstOf('10.96.0.0/28', 0), '10.96.0.1')
    const all = [...new AddressRange('10.0.0.0/26').inTurn(() => 0.99)]
    assert.deepEqual(
      all
        .slice(-16)
        .map(ip => Number(ip.split('.')[3]))
        .sort((a, b) => a - b),
      [...Array(17).keys()].slice(1),
    )
  })

  it('may be larger than anybody can count', () => {
    assert.equal(firstOf('fd00::/64', 0), 'fd00::101')
    assert.match(firstOf('fd00::/64', 0.9999) ?? '', /^fd00::/)
  })

  it('knows what lies in it', () => {
    const has = (cidr: string, ip: string): boolean => new AddressRange(cidr).has(parseIp(ip)!)
    assert.deepEqual(
      ['10.0.0.0', '10.0.0.1', '10.0.0.254', '10.0.0.255', '10.0.1.0', '::1'].map(ip => has('10.0.0.0/24', ip)),
      [false, true, true, false, false, false],
    )
    assert.deepEqual(
      ['fd00::', 'fd00::1', 'fd00::ff'].map(ip => has('fd00::/120', ip)),
      [false, true, true],
    )
    assert.equal(new AddressRange('10.96.0.0/12').first, '10.96.0.1')
  })
})
