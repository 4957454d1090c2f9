import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdb } from './lmdb.ts'
import { type Event, Hindered, one, type Revision, type Storage, under } from './storage.ts'

/*
 * Damages a store's file in one way after another and asks it everything: each answer must be true, or name the damage. A process of
 * its own, since LMDB could take it down: node testing-damage.ts WAY COUNT prints how many were named and how many harmless.
 */

/** What a whole store says. */
interface Truth {
  readonly entries: ReadonlyMap<string, { readonly value: Buffer; readonly revision: Revision }>
  readonly events: readonly string[]
  readonly compacted: Revision
}

const everything = under('/')

/** Numbers from 0 up to one, the same ones for the same seed (mulberry32). */
function dice(seed: number): (upTo: number) => number {
  let state = seed
  return upTo => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * upTo)
  }
}

/** The ways to spoil a file. */
const ways: Readonly<Record<string, (file: Buffer, random: (upTo: number) => number) => Buffer>> = {
  'one bit turned': (file, random) => turned(file, random, 1),
  'a hundred bits turned': (file, random) => turned(file, random, 100),
  'a bit turned in the head of a page': (file, random) => {
    file[4096 * random(file.length / 4096) + random(64)]! ^= 1 << random(8)
    return file
  },
  'a page of zeros': (file, random) => file.fill(0, ...bounds(random(file.length / 4096))),
  'a page of noise': (file, random) => {
    const [from, to] = bounds(random(file.length / 4096))
    for (let at = from; at < to; at++) file[at] = random(256)
    return file
  },
  'a page in the place of another': (file, random) => {
    file.copy(file, 4096 * random(file.length / 4096), ...bounds(random(file.length / 4096)))
    return file
  },
  'a head turned': (file, random) => {
    file[4096 * random(2) + 16 + random(152)]! ^= 1 << random(8)
    return file
  },
  'a cut': (file, random) => file.subarray(0, random(file.length)),
}

const bounds = (page: number): [number, number] => [4096 * page, 4096 * (page + 1)]

function turned(file: Buffer, random: (upTo: number) => number, count: number): Buffer {
  for (let at = 0; at < count; at++) file[random(file.length)]! ^= 1 << random(8)
  return file
}

/** A store with small and large values, some of them old, deleted or forgotten. */
async function build(directory: string): Promise<Truth> {
  const storage = await openLmdb(directory)
  const random = dice(7)
  const revisions = new Map<string, Revision>()
  for (let round = 0; round < 8; round++) {
    await Promise.all(
      Array.from({ length: 150 }, async (_, at) => {
        const key = `/registry/${at % 3 ? 'pods' : 'configmaps'}/${at}`
        const expected = revisions.get(key) ?? 0
        const value = expected && (at + round) % 6 === 0 ? undefined : Buffer.alloc(random(10) ? random(900) : random(20_000), at)
        const outcome = await storage.write({ key, value, expected })
        assert.ok(outcome.written)
        if (value) revisions.set(key, outcome.revision)
        else revisions.delete(key)
      }),
    )
    if (round % 3 === 2) await storage.compact(150 * round)
  }
  const { entries } = await storage.read(everything)
  const compacted = 150 * 5
  const truth = {
    entries: new Map(entries.map(({ key, value, revision }) => [key, { value: Buffer.from(value), revision }])),
    events: await told(storage, compacted, 1200),
    compacted,
  }
  await storage.close()
  return truth
}

const text = ({ key, value, previous, revision }: Event): string =>
  `${revision} ${key} ${value && Buffer.from(value).toString('hex')} ${previous?.revision}`

async function told(storage: Storage, after: Revision, upTo: Revision): Promise<string[]> {
  const events: Event[] = []
  for await (const batch of storage.watch(everything, after, new AbortController().signal)) {
    events.push(...batch.events)
    if (batch.revision >= upTo) break
  }
  return events.filter(({ revision }) => revision <= upTo).map(text)
}

/** Whether what is asked names the damage; if not, what it says must be right. */
async function isNamed(ask: () => Promise<void>): Promise<boolean> {
  try {
    await ask()
    return false
  } catch (error) {
    if (error instanceof Hindered && error.obstacle === 'damaged') return true
    throw error
  }
}

/** Asks a store for all there is, and writes to it. Gives whether anything was named. */
async function examine(storage: Storage, { entries, events, compacted }: Truth): Promise<boolean> {
  const named: boolean[] = []
  const ask = async (question: () => Promise<void>): Promise<void> => {
    named.push(await isNamed(question))
  }
  const look = async (): Promise<void> => {
    for (const [key, { value, revision }] of entries)
      await ask(async () => {
        const [entry] = (await storage.read(one(key))).entries
        assert.ok(entry && entry.revision === revision && value.equals(entry.value), `${key} is another`)
      })
    await ask(async () => {
      const page = await storage.read(under('/registry/'))
      assert.deepEqual(
        page.entries.map(({ key, revision }) => `${key} ${revision}`),
        [...entries].map(([key, { revision }]) => `${key} ${revision}`),
      )
    })
    await ask(async () => assert.deepEqual(await told(storage, compacted, 1200), events))
  }
  await look()
  for (let at = 0; at < 60; at++)
    await ask(async () => {
      assert.ok((await storage.write({ key: `/other/${at}`, value: Buffer.alloc(100 * at, at), expected: 0 })).written)
    })
  await look()
  await ask(() => storage.compact(compacted + 100))
  return named.includes(true)
}

const [way, count] = process.argv.slice(2) as [string, string]
const directory = await mkdtemp(join(tmpdir(), 'pinnace-damage-'))
try {
  const truth = await build(join(directory, 'whole'))
  const whole = await readFile(join(directory, 'whole', 'data.mdb'))
  let [named, harmless] = [0, 0]
  for (let seed = 0; seed < Number(count); seed++) {
    process.stderr.write(`${way}, seed ${seed}\n`)
    const place = join(directory, `${seed}`)
    await (await openLmdb(place)).close()
    await writeFile(join(place, 'data.mdb'), ways[way]!(Buffer.from(whole), dice(seed)))
    const opened = await openLmdb(place).catch((error: Error) => error)
    if (opened instanceof Error) assert.match(opened.message, /damaged|is not a database|it has format/)
    const isFound = opened instanceof Error || (await examine(opened, truth))
    if (isFound) named++
    else harmless++
    if (!(opened instanceof Error)) await opened.close()
    await rm(place, { recursive: true })
  }
  console.log(JSON.stringify({ named, harmless }))
} finally {
  await rm(directory, { recursive: true })
}
