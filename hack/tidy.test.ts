import assert from 'node:assert/strict'
import { complaints } from './tidy.ts'

describe('the house', () => {
  it('keeps its layers, its homes, its clock and its measure', async () => {
    assert.deepEqual(await complaints(), [])
  })
})
