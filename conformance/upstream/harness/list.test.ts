import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ratchet, titleOf, upstreamTests } from './list.ts'
import { table } from './table.ts'

describe("the list of upstream's conformance tests", () => {
  it('has 408 tests, and no two of one title', () => {
    assert.equal(upstreamTests().size, 408)
  })

  it('has each title as upstream builds it: the sig, the area, the name', () => {
    for (const [title, entry] of upstreamTests()) {
      assert.equal(title, `[${entry.sig}] ${entry.area} ${entry.name}`)
      assert.match(entry.class, /^(A|B|K|2|3[DPSW]\*?)$/)
    }
  })

  it('has each title of the ratchet, which is sorted', () => {
    const titles = [...ratchet()]
    const all = upstreamTests()
    assert.deepEqual(
      titles.filter(title => !all.has(title)),
      [],
    )
    assert.deepEqual(titles, [...titles].sort())
  })

  it('has each area that a file here names: any other name is refused when the file is loaded', async () => {
    const areas = new Set([...upstreamTests().values()].map(({ sig, area }) => titleOf({ sig, area, name: '' })))
    const home = fileURLToPath(new URL('..', import.meta.url))
    const named = new Set<string>()
    for await (const file of glob('*.test.ts', { cwd: home }))
      for (const [, sig = '', area = ''] of (await readFile(`${home}/${file}`, 'utf8')).matchAll(
        /conformance\(\s*'([^']+)',\s*'([^']+)'/g,
      ))
        named.add(titleOf({ sig, area, name: '' }))
    assert.deepEqual([...named.difference(areas)], [])
    assert.ok(named.size > 0)
  })
})

describe('the table of conformance', () => {
  const entries = ['one', 'two', 'three', 'four'].map(name => ({ sig: 'sig', area: 'Area', name, class: 'A' }))

  it('counts what has passed, failed, been skipped, and is not covered, by area and in all', () => {
    const [head = '', area = '', all = '', red = ''] = table(
      entries,
      new Map([
        ['[sig] Area one', 'passed'],
        ['[sig] Area two', 'failed'],
        ['[sig] Area three', 'skipped'],
      ]),
    ).split('\n')
    assert.match(head, /^area +covered +passed +failed +skipped +not covered$/)
    assert.match(area, /^\[sig\] Area +3 +1 +1 +1 +1$/)
    assert.match(all, /^all 1 areas +3 +1 +1 +1 +1$/)
    assert.equal(red, 'red: [sig] Area two')
  })
})
