import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { openLmdb } from './lmdb.ts'

const often = 25

describe('damage of the file of lmdb is named or does no harm: nothing altered is served, and the process lives', function () {
  this.timeout(240_000)
  for (const way of [
    'one bit turned',
    'a hundred bits turned',
    'a bit turned in the head of a page',
    'a page of zeros',
    'a page of noise',
    'a page in the place of another',
    'a head turned',
    'a cut',
  ])
    it(`${way}, in ${often} places`, () => {
      const script = new URL('./testing-damage.ts', import.meta.url).pathname
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, way, `${often}`], { encoding: 'utf8' })
      assert.equal(status, 0, `${signal ?? 'it failed'} after ${stderr.slice(-3000)}`)
      const { named, harmless } = JSON.parse(stdout)
      assert.equal(named + harmless, often)
      assert.ok(named > 0)
    })

  for (const format of [1, 2])
    it(`what format ${format} has left is refused with the way to take it over, and stays as it was`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'pinnace-format-'))
      try {
        const old = open({ path: directory, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', overlappingSync: false })
        const [current, log, values] = ['current', 'log', 'values'].map(name =>
          old.openDB<Buffer, Buffer | number>({
            name,
            ...(name === 'current' && { keyEncoding: 'binary' }),
            encoding: 'binary',
          }),
        )
        const facts = old.openDB<number, string>({ name: 'facts', encoding: 'json' })
        const revision = Buffer.of(0, 0, 0, 0, 0, 1)
        await old.transaction(() => {
          void current!.put(Buffer.from('/a'), revision)
          void log!.put(1, Buffer.concat([Buffer.alloc(7), Buffer.from('/a')]))
          void values!.put(1, Buffer.from(format === 1 ? 'value' : 'value\xde\xad\xbe\xef', 'latin1'))
          void facts.put('format', format)
          void facts.put('compacted', 0)
        })
        await old.close()
        const why = new RegExp(
          `cannot be opened: it has format ${format}, .* reads format 3: save a snapshot with the version that wrote`,
        )
        for (const _ of ['once', 'and again']) await assert.rejects(openLmdb(directory), why)
      } finally {
        await rm(directory, { recursive: true })
      }
    })
})
