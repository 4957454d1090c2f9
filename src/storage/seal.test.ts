import assert from 'node:assert/strict'
import { seal, unseal } from './seal.ts'

describe('a sealed value', () => {
  const value = Buffer.from('{"kind":"ConfigMap"}')

  it('is the value again, an empty one too, in every place', () => {
    for (const place of ['', '/a', '/ä\x001'])
      for (const each of [value, Buffer.alloc(0)]) assert.deepEqual(unseal(seal(each, place), place), each)
  })

  it('is nothing with any bit turned, cut short, or in another place', () => {
    const sealed = seal(value, '/a')
    for (let at = 0; at < sealed.length * 8; at++) {
      const spoilt = Buffer.from(sealed)
      spoilt[at >> 3]! ^= 1 << (at & 7)
      assert.equal(unseal(spoilt, '/a'), undefined)
    }
    for (let length = 0; length < sealed.length; length++) assert.equal(unseal(sealed.subarray(0, length), '/a'), undefined)
    assert.equal(unseal(sealed, '/b'), undefined)
  })
})
