import { statfsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Bell } from './bell.ts'
import { follow, type History } from './follow.ts'
import { Groups } from './groups.ts'
import { onlyKey, within } from './keys.ts'
import { checkFile } from './lmdb-file.ts'
import { Tables, type Then } from './lmdb-tables.ts'
import { lock } from './lock.ts'
import {
  type Batch,
  Compacted,
  type Entry,
  type Event,
  Hindered,
  type Outcome,
  type Page,
  type Range,
  type Revision,
  type Storage,
  type Write,
} from './storage.ts'

/** How many of the newest events stay in memory for the watchers, who are seldom further behind. */
const recent = 1000

/** How much of the log is read, or forgotten, at a time, so that others get their turn. */
const stretch = 1000

/** How much of the disk stays free: LMDB damages the memory of its process where it cannot write a page, so it never gets there. */
const spare = 32 * 1024 * 1024

/** What etcd says, which clients know. */
const noSpace = 'etcdserver: mvcc: database space exceeded'

/** LMDB's limit for pages of 4 KiB. */
const longestKey = 1978

/**
 * Storage in a directory of this machine, for one process.
 *
 * Guarantees: a write resolves when LMDB has synced it to the disk, and only then can anybody read or watch it.
 * Many writes share one sync (Groups): each group is judged in memory against what is committed, and written as one transaction.
 */
class Lmdb implements Storage, History {
  revision: Revision
  compacted: Revision
  closed = false
  readonly news = new Bell()
  readonly #tables: Tables
  readonly #roomBytes: () => number
  readonly #release: () => void
  readonly #writes = new Groups<Write, Outcome | Hindered>(writes => this.#commit(writes))
  #compacting: Promise<void> = Promise.resolve()
  /** The newest events without a gap, oldest first; the last one has `revision`. */
  #recent: Event[] = []
  /** The events of the group that is being committed; after a failure they stay, as they may be on the disk or not. */
  #underway: readonly Event[] = []

  constructor(tables: Tables, roomBytes: () => number, release: () => void) {
    this.#tables = tables
    this.#roomBytes = roomBytes
    this.#release = release
    this.compacted = tables.compacted
    this.revision = tables.newest
  }

  async read(range: Range, { at = this.revision, limit = Number.POSITIVE_INFINITY } = {}): Promise<Page> {
    if (at < this.compacted) throw new Compacted(this.compacted)
    if (at > this.revision) throw new RangeError(`revision ${at} has not come yet: the newest is ${this.revision}`)
    const tables = this.#tables
    tables.refresh()
    const then = at === this.revision ? this.#before(range) : tables.past(range, at)
    const only = onlyKey(range)
    if (only !== undefined && limit > 0 && !then.has(only)) {
      const entry = tables.entry(only)
      return { revision: at, entries: entry ? [entry] : [], remaining: 0 }
    }
    const entries: Entry[] = []
    for (const { key, revision } of tables.keys(range, then)) {
      if (entries.length >= limit) break
      entries.push({ key, value: tables.value(key, revision), revision })
    }
    const last = entries.at(-1)
    const rest = { start: last ? `${last.key}\0` : range.start, end: range.end }
    return { revision: at, entries, remaining: entries.length < limit ? 0 : tables.count(rest, then) }
  }

  async newest(): Promise<Revision> {
    return this.revision
  }

  async write(change: Write): Promise<Outcome> {
    const length = Buffer.byteLength(change.key)
    if (length === 0 || length > longestKey) throw new RangeError(`a key has 1 to ${longestKey} bytes, not ${length}`)
    if (this.closed) throw new Error('the storage is closed')
    const outcome = await this.#writes.add(change)
    if (outcome instanceof Hindered) throw outcome
    return outcome
  }

  watch(range: Range, after: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    return follow(this, range, after, signal)
  }

  since(seen: Revision, matches: (key: string) => boolean): Batch {
    const { revision } = this
    if (seen >= revision) return { revision, events: [] }
    const begins = revision - this.#recent.length
    if (seen >= begins) return { revision, events: this.#recent.slice(seen - begins).filter(event => matches(event.key)) }
    this.#tables.refresh()
    const end = Math.min(seen + stretch, revision)
    const events: Event[] = []
    for (const [at, entry] of this.#tables.logged(seen, end)) if (matches(entry.key)) events.push(this.#tables.event(at, entry))
    return { revision: end, events }
  }

  compact(upTo: Revision): Promise<void> {
    // One after the other: the mark on the disk must only ever rise.
    const turn = this.#compacting.then(() => this.#forget(Math.min(upTo, this.revision)))
    this.#compacting = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.news.ring()
    await this.#writes.idle()
    await this.#compacting
    await this.#tables.close()
    this.#release()
  }

  async #commit(writes: readonly Write[]): Promise<readonly (Outcome | Hindered)[]> {
    this.#tables.refresh()
    const events: Event[] = []
    const mine = new Map<string, Entry | undefined>()
    // Deletions and compactions make room, and take theirs from what is spared.
    let room = writes.some(({ value }) => value) ? this.#roomBytes() : 0
    const judge = ({ key, value, expected }: Write): Outcome | Hindered => {
      const previous = mine.has(key) ? mine.get(key) : this.#tables.entry(key)
      if ((previous?.revision ?? 0) !== expected || !(previous || value)) return { written: false, actual: previous }
      if (value && (room -= value.length) < 0) return new Hindered('full', noSpace)
      const revision = this.revision + events.length + 1
      mine.set(key, value && { key, value, revision })
      events.push({ key, value, previous, revision })
      return { written: true, revision }
    }
    const outcomes = writes.map(write => {
      try {
        return judge(write)
      } catch (error) {
        // One damaged value is no reason to refuse the others' writes.
        if (error instanceof Hindered) return error
        throw error
      }
    })
    if (events.length === 0) return outcomes
    this.#underway = events
    await this.#tables.transaction(() => {
      for (const event of events) this.#tables.put(event)
    })
    this.#underway = []
    this.revision += events.length
    this.#recent.push(...events)
    if (this.#recent.length > 2 * recent) this.#recent = this.#recent.slice(-recent)
    this.news.ring()
    return outcomes
  }

  /** What must be taken back to see a range as it is now: LMDB may show the group under way before we know that it is on the disk. */
  #before(range: Range): Then {
    const matches = within(range)
    const then = new Map<string, Revision>()
    for (const { key, previous } of this.#underway) if (matches(key) && !then.has(key)) then.set(key, previous?.revision ?? 0)
    return then
  }

  async #forget(upTo: Revision): Promise<void> {
    // Before the first deletion: who is behind must hear of it, not find gaps.
    this.compacted = Math.max(this.compacted, upTo)
    this.news.ring()
    const tables = this.#tables
    tables.refresh()
    for (let done = tables.compacted; done < upTo; ) {
      tables.refresh()
      const end = Math.min(done + stretch, upTo)
      const logged = [...tables.logged(done, end)]
      await tables.transaction(() => tables.forget(logged, end))
      done = end
    }
  }
}

export interface LmdbOptions {
  /** Writes are refused while less of the disk is free. */
  readonly spareBytes?: number
  /** Writes are refused while more is taken; it is etcd's --quota-backend-bytes. */
  readonly quotaBytes?: number | undefined
  /** What an empty store counts on from. */
  readonly begins?: Revision
}

/** Opens the store in a directory, which is made where it is missing. Throws a sentence for people where that cannot be. */
export async function openLmdb(
  directory: string,
  { spareBytes = spare, quotaBytes = Number.POSITIVE_INFINITY, begins = 0 }: LmdbOptions = {},
): Promise<Storage> {
  let release: (() => void) | undefined
  try {
    await mkdir(directory, { recursive: true })
    release = lock(directory)
    const file = join(directory, 'data.mdb')
    checkFile(file)
    const tables = new Tables(directory, begins)
    const roomBytes = (): number => {
      const isLimited = quotaBytes !== Number.POSITIVE_INFINITY
      const onDisk = freeBytes(directory) - spareBytes
      return Math.min(
        onDisk > spareBytes ? onDisk : Math.max(onDisk, idleBytes(file, tables, onDisk, spareBytes)),
        isLimited ? quotaBytes - tables.usedBytes : quotaBytes,
      )
    }
    return new Lmdb(tables, roomBytes, release)
  } catch (cause) {
    release?.()
    throw new Error(`the storage in ${directory} cannot be opened: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/**
 * The room that is left over in the file, for where the disk has none. LMDB does not find all of it at once, and then takes from what is
 * spared of the disk: so a part is not counted, and half of what is spared is left alone.
 */
function idleBytes(file: string, { usedBytes }: Tables, onDisk: number, spareBytes: number): number {
  return onDisk > -spareBytes / 2 ? statSync(file).size - usedBytes - spareBytes / 4 : 0
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
