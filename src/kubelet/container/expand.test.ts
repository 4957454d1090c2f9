import assert from 'node:assert/strict'
import { expand } from './expand.ts'

const values: Readonly<Record<string, string>> = { A: 'a', B: 'b', EMPTY: '', 'with.dots': 'd' }

describe('expand', () => {
  const cases: readonly [text: string, expanded: string][] = [
    ['$(A)', 'a'],
    ['$(A)-$(B)', 'a-b'],
    ['[$(EMPTY)]', '[]'],
    ['$(with.dots)', 'd'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$(A)', '$$(A)'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['$$', '$'],
    ['$(A)$$(B)$(B)', 'a$(B)b'],
    ['$((A))', '$((A))'],
    ['', ''],
  ]
  for (const [text, expanded] of cases)
    it(`makes "${expanded}" of "${text}"`, () =>
      assert.equal(
        expand(text, name => values[name]),
        expanded,
      ))
})
