import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { contract } from './contract.ts'
import { openLmdb } from './lmdb.ts'
import { Compacted, type Event, Hindered, one, type Revision, type Storage, under } from './storage.ts'

const directories: string[] = []
const makeDirectory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'pinnace-storage-'))
  directories.push(path)
  return path
}
after(() => Promise.all(directories.map(path => rm(path, { recursive: true }))))

contract('lmdb', async () => openLmdb(await makeDirectory()))

describe('lmdb', () => {
  let directory: string
  beforeEach(async () => {
    directory = await makeDirectory()
  })

  const fill = async (storage: Storage, count: number, value = new Uint8Array(100)): Promise<void> => {
    await Promise.all(Array.from({ length: count }, (_, at) => storage.write({ key: `/${at}`, value, expected: 0 })))
  }
  const replay = async (storage: Storage, after: Revision, until: Revision): Promise<Event[]> => {
    const stop = new AbortController()
    const events: Event[] = []
    for await (const batch of storage.watch(under('/'), after, stop.signal)) {
      events.push(...batch.events)
      if (batch.revision >= until) break
    }
    return events
  }

  describe('after a restart', () => {
    it('has its entries, counts on from its last revision and continues watches from before it', async () => {
      const before = await openLmdb(directory)
      await fill(before, 3000)
      await before.write({ key: '/7', expected: 8 })
      const page = await before.read(under('/'))
      await before.close()

      const storage = await openLmdb(directory)
      assert.deepEqual(await storage.read(under('/')), page)
      assert.deepEqual(await storage.write({ key: '/new', value: new Uint8Array(1), expected: 0 }), {
        written: true,
        revision: 3002,
      })
      const events = await replay(storage, 10, 3002)
      assert.deepEqual(
        events.map(event => event.revision),
        Array.from({ length: 2992 }, (_, at) => at + 11),
      )
      const deletion = events.find(event => event.revision === 3001)
      assert.deepEqual([deletion?.key, deletion?.value, deletion?.previous?.revision], ['/7', undefined, 8])
      await storage.close()
    })

    it('remembers what was compacted, even where all of history was', async () => {
      const before = await openLmdb(directory)
      await fill(before, 2500)
      await before.compact(2500)
      await before.close()

      const storage = await openLmdb(directory)
      const page = await storage.read(under('/'), { limit: 1 })
      assert.deepEqual([page.revision, page.remaining], [2500, 2499])
      await assert.rejects(storage.read(under('/'), { at: 2499 }), Compacted)
      assert.deepEqual(await storage.write({ key: '/0', value: new Uint8Array(1), expected: 1 }), {
        written: true,
        revision: 2501,
      })
      await storage.close()
    })
  })

  describe('says in a sentence', () => {
    const refused = (pattern: RegExp) =>
      assert.rejects(openLmdb(directory), error => error instanceof Error && pattern.test(error.message))

    it('that somebody else has the directory, until that one closes it', async () => {
      const first = await openLmdb(directory)
      await refused(/cannot be opened: somebody else is using it/)
      await first.close()
      await (await openLmdb(directory)).close()
    })

    it('that its file is something else', async () => {
      await writeFile(join(directory, 'data.mdb'), 'something else')
      await refused(/cannot be opened: .*data\.mdb is not a database, or is damaged/)
    })

    it('that the end of its file is missing', async () => {
      const storage = await openLmdb(directory)
      await fill(storage, 1000, new Uint8Array(3000))
      await storage.close()
      await truncate(join(directory, 'data.mdb'), 10 * 4096)
      await refused(/cannot be opened: .*data\.mdb is damaged: \d+ of its \d+ pages are missing/)
    })

    it('which value is damaged, and goes on with the others', async () => {
      const before = await openLmdb(directory)
      for (const key of ['/a', '/b', '/c']) await before.write({ key, value: Buffer.from(`this is ${key}`), expected: 0 })
      await before.close()
      const bytes = await readFile(join(directory, 'data.mdb'))
      for (let at = -1; (at = bytes.indexOf('this is /b', at + 1)) >= 0; ) bytes.write('that', at)
      await writeFile(join(directory, 'data.mdb'), bytes)
      const storage = await openLmdb(directory)
      const damaged = /the storage is damaged: \/b as it was written at revision 2 cannot be read any more; restore a snapshot/
      await assert.rejects(storage.read(under('/')), damaged)
      const writes = ['/a', '/b', '/c'].map((key, at) => storage.write({ key, value: Buffer.from('new'), expected: at + 1 }))
      const settled = await Promise.allSettled(writes)
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.equal((await storage.read(one('/c'))).entries[0]?.revision, 5)
      await storage.close()
    })

    it('that a key is too long, and goes on', async () => {
      const storage = await openLmdb(directory)
      const long = storage.write({ key: 'x'.repeat(2000), value: new Uint8Array(1), expected: 0 })
      await assert.rejects(long, /a key has 1 to 1978 bytes, not 2000/)
      await fill(storage, 1)
      await storage.close()
    })
  })

  it('refuses to write on a full disk, but deletes, compacts, reads and goes on when there is room', async () => {
    const before = await openLmdb(directory)
    await fill(before, 3)
    await before.close()
    const storage = await openLmdb(directory, { spareBytes: Number.MAX_SAFE_INTEGER })
    await assert.rejects(
      storage.write({ key: '/x', value: new Uint8Array(1), expected: 0 }),
      /^Hindered: etcdserver: mvcc: database space exceeded$/,
    )
    assert.deepEqual(await storage.write({ key: '/0', expected: 1 }), { written: true, revision: 4 })
    await storage.compact(4)
    assert.equal((await storage.read(under('/'))).entries.length, 2)
    await storage.close()
    const after = await openLmdb(directory)
    assert.deepEqual(await after.write({ key: '/x', value: new Uint8Array(1), expected: 0 }), { written: true, revision: 5 })
    await after.close()
  })

  it('keeps to its quota: deletes and reads go on in the same breath, and writes again when history is compacted', async () => {
    const storage = await openLmdb(directory, { quotaBytes: 2_000_000 })
    const hindered = (error: unknown): boolean => error instanceof Hindered && error.obstacle === 'full'
    await assert.rejects(fill(storage, 2000, new Uint8Array(5000)), hindered)
    const { revision } = await storage.read(under('/'), { limit: 1 })
    const more = storage.write({ key: '/more', value: new Uint8Array(1), expected: 0 })
    const gone = Promise.all(Array.from({ length: revision }, (_, at) => storage.write({ key: `/${at}`, expected: at + 1 })))
    await assert.rejects(more, hindered)
    for (const { written } of await gone) assert.ok(written)
    await storage.compact(2 * revision)
    await fill(storage, 100)
    await storage.close()
  })

  it('survives a file system that is really full, and loses nothing', async function () {
    this.timeout(120_000)
    if (process.getuid?.() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory]).status !== 0)
      this.skip()
    try {
      const storage = await openLmdb(directory, { spareBytes: 8 * 1024 * 1024 })
      const written = new Map<string, Revision>()
      const fillUp = async (): Promise<void> => {
        for (let at = 0; ; at++) {
          const outcome = await storage.write({ key: `/${at}`, value: new Uint8Array(100_000).fill(at), expected: 0 })
          assert.ok(outcome.written)
          written.set(`/${at}`, outcome.revision)
        }
      }
      await assert.rejects(fillUp(), error => error instanceof Hindered && error.obstacle === 'full')
      assert.ok(written.size > 100)
      assert.equal((await storage.read(under('/'))).entries.length, written.size)
      for (const [key, revision] of [...written].slice(0, 50)) {
        assert.ok((await storage.write({ key, expected: revision })).written)
        written.delete(key)
      }
      await storage.compact(await storage.newest())
      await storage.close()
      const again = await openLmdb(directory, { spareBytes: 1024 * 1024 })
      const { entries } = await again.read(under('/'))
      assert.deepEqual(new Map(entries.map(({ key, revision }) => [key, revision])), new Map([...written].sort()))
      assert.ok((await again.write({ key: '/new', value: new Uint8Array(1_000_000), expected: 0 })).written)
      await again.close()
    } finally {
      spawnSync('umount', [directory])
    }
  })

  describe('after kill -9', () => {
    /** Writes as 16 writers, each to its own key and to one that all share, and prints every write that was acknowledged. */
    const writer = `
      import { writeSync } from 'node:fs'
      const [, path] = process.argv
      const { openLmdb } = await import(${JSON.stringify(new URL('./lmdb.ts', import.meta.url).href)})
      const storage = await openLmdb(path)
      const write = async (key, expected) => {
        const outcome = await storage.write({ key, value: Buffer.alloc(1000, key), expected })
        if (outcome.written) writeSync(1, key + ' ' + outcome.revision + '\\n')
        return outcome.written ? outcome.revision : outcome.actual?.revision ?? 0
      }
      await Promise.all(Array.from({ length: 16 }, async (_, at) => {
        for (let own = 0, shared = 0; ; ) {
          own = await write('/' + at, own)
          shared = await write('/shared', shared)
          if (at === 0 && own > 500) await storage.compact(own - 500)
        }
      }))
    `

    it('has every write that was acknowledged, and its revisions never go back', async function () {
      this.timeout(60_000)
      let revision = 0
      for (let round = 1; round <= 4; round++) {
        const child = spawn(process.execPath, ['--input-type=module', '--eval', writer, directory], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const acknowledged = new Map<string, Revision>()
        let count = 0
        for await (const line of createInterface(child.stdout)) {
          const [key, text] = line.split(' ')
          const written = Number(text)
          assert.ok(written > revision, `revision ${written} was given out again in round ${round}`)
          acknowledged.set(key!, Math.max(written, acknowledged.get(key!) ?? 0))
          if (++count === 700 * round) child.kill('SIGKILL')
        }
        if (child.signalCode === null) await once(child, 'exit')
        assert.equal(child.signalCode, 'SIGKILL')

        const storage = await openLmdb(directory)
        const page = await storage.read(under('/'))
        revision = page.revision
        for (const [key, written] of acknowledged) {
          const entry = page.entries.find(each => each.key === key)
          assert.ok(entry && entry.revision >= written, `${key} lost its write ${written} in round ${round}`)
          assert.ok(Buffer.alloc(1000, key).equals(entry.value))
        }
        const events = await replay(storage, revision - 300, revision)
        assert.equal(events.length, 300)
        await storage.close()
      }
    })
  })
})
