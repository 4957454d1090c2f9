import assert from 'node:assert/strict'
import { appendFile, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdb } from './lmdb.ts'
import { openMemory } from './memory.ts'
import { fillFrom, readSnapshot, takeSnapshot } from './snapshot.ts'
import { type Storage, under } from './storage.ts'

describe('a snapshot', () => {
  let directory: string
  let file: string
  let storage: Storage
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-snapshot-'))
    file = join(directory, 'a.snapshot')
    storage = openMemory()
    for (let at = 0; at < 1234; at++)
      await storage.write({ key: `/registry/pods/${at}`, value: Buffer.alloc(at * 7, `${at}`), expected: 0 })
    await storage.write({ key: '/registry/masterleases/10.0.0.1', value: Buffer.from('x'), expected: 0 })
    await storage.write({ key: 'compact_rev_key', value: Buffer.from('x'), expected: 0 })
  })
  afterEach(async () => {
    await storage.close()
    await rm(directory, { recursive: true })
  })

  const take = (): Promise<void> => writeFile(file, takeSnapshot(storage, new Date('2026-01-02T03:04:05Z')))
  const pods = async (of: Storage): Promise<[string, string][]> =>
    (await of.read(under('/'))).entries.map(({ key, value }) => [key, Buffer.from(value).toString('base64')])

  it('fills another storage, of another kind too, with what there was at one revision', async () => {
    const before = await pods(storage)
    const taking = takeSnapshot(storage, new Date('2026-01-02T03:04:05Z'))
    const chunks = [(await taking.next()).value!]
    await storage.write({ key: '/registry/pods/later', value: Buffer.from('later'), expected: 0 })
    await storage.write({ key: '/registry/pods/7', expected: 8 })
    for await (const chunk of taking) chunks.push(chunk)
    await writeFile(file, chunks)
    const other = await openLmdb(join(directory, 'lmdb'))
    const contents = await fillFrom(file, other)
    assert.deepEqual(contents, {
      format: 'pinnace-snapshot',
      version: 1,
      revision: 1236,
      takenAt: '2026-01-02T03:04:05.000Z',
      entries: 1234,
    })
    assert.deepEqual(
      await pods(other),
      before.filter(([key]) => !key.includes('masterleases')),
    )
    await assert.rejects(fillFrom(file, other), /the storage is not empty/)
    await other.close()
  })

  for (const [what, damage, why] of [
    ['not there', () => rm(file), /the snapshot .* cannot be read: ENOENT: no such file or directory/],
    ['cut off', async () => truncate(file, (await readFile(file)).length - 100), /is not whole: its end is missing/],
    ['cut off in its head', () => truncate(file, 10), /is none, or of another version/],
    ['longer than it was', () => appendFile(file, 'x'), /is not whole/],
    ['something else', () => writeFile(file, 'something else\n'.repeat(100)), /is none, or of another version/],
    [
      'altered in one byte',
      async () => {
        const handle = await open(file, 'r+')
        await handle.write('!', 100_000)
        await handle.close()
      },
      /is damaged: its checksum does not fit/,
    ],
  ] as const)
    it(`that is ${what} is refused before anything is written`, async () => {
      await take()
      await damage()
      const empty = openMemory()
      await assert.rejects(fillFrom(file, empty), error => error instanceof Error && why.test(error.message))
      await assert.rejects(readSnapshot(file), why)
      assert.equal(await empty.newest(), 0)
    })
})
