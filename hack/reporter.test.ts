import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reasonOf, slowest } from './reporter.ts'

describe('the end of a run', () => {
  it('tells of each test and hook that failed, with the first lines of why, then the sums', () => {
    const folder = mkdtempSync(join(tmpdir(), 'reporter-'))
    try {
      const file = join(folder, 'it.test.ts')
      writeFileSync(
        file,
        `describe('a suite', () => { it('goes wrong', () => { throw new Error('so\\nand so') }); it('goes well', () => {}); it('waits') })
        describe('a second', () => { before(() => { throw new Error('not even begun') }); it('never runs', () => {}) })`,
      )
      const { stdout, status } = spawnSync(join(import.meta.dirname, 'mocha'), [file], { encoding: 'utf8' })
      assert.equal(status, 2)
      const end = stdout.slice(stdout.indexOf('skipped:'))
      assert.match(
        end,
        /^skipped: a suite waits\nfailed: a suite goes wrong\n {4}so\n {4}and so\n {4}at [^\n]+it\.test\.ts:1:[\s\S]+\nfailed: a second "before all" hook[^\n]*\n {4}not even begun\n {4}at [\s\S]+\n1 passed, 2 failed, 1 skipped\n$/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is short, however much there is to say, and copes with what is no Error', () => {
    const lines = reasonOf(new Error(Array(1000).fill('x'.repeat(1000)).join('\n'))).split('\n')
    assert.ok(lines.length <= 18 && lines.every(line => line.length <= 304), `${lines.length} lines`)
    assert.equal(reasonOf('a text'), '    a text')
    assert.equal(reasonOf(undefined), '    undefined')
  })

  it('names the suites that took long, the longest first', () => {
    const times = new Map(Object.entries({ short: 100, long: 6000, longest: 70_400 }))
    assert.deepEqual(slowest(times), ['took   70 s: longest', 'took    6 s: long'])
  })
})
