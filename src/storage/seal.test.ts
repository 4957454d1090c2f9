import assert from 'node:assert/strict'
import { seal, unseal } from './seal.ts'

describe('a sealed value', () => {
  const value = Buffer.from('{"kind":"ConfigMap"}')

  it('is the value again, an empty one too, at every revision', () => {
    for (const revision of [1, 2 ** 32 - 1, 2 ** 40])
      for (const each of [value, Buffer.alloc(0)]) assert.deepEqual(unseal(seal(each, revision), revision), each)
  })

  it('is nothing with any bit turned, cut short, or at another revision', () => {
    const sealed = seal(value, 7)
    for (let at = 0; at < sealed.length * 8; at++) {
      const spoilt = Buffer.from(sealed)
      spoilt[at >> 3]! ^= 1 << (at & 7)
      assert.equal(unseal(spoilt, 7), undefined)
    }
    for (let length = 0; length < sealed.length; length++) assert.equal(unseal(sealed.subarray(0, length), 7), undefined)
    assert.equal(unseal(sealed, 8), undefined)
  })
})
