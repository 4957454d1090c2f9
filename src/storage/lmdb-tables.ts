import { type Database, open, type RootDatabase } from 'lmdb'
import { inOrder, within } from './keys.ts'
import { decodeLogEntry, decodeRevision, encodeLogEntry, encodeRevision, type LogEntry } from './log.ts'
import { seal, unseal } from './seal.ts'
import { type Entry, type Event, Hindered, type Range, type Revision } from './storage.ts'

/** The layout of the files that this code reads and writes. */
const format = '3'

/** The keys of a range that were written after a revision: the write that had made their value then, or 0. */
export type Then = ReadonlyMap<string, Revision>

/**
 * What an LMDB store keeps for good, each row sealed. A value is written once; it goes when the write after it is compacted.
 * All reads between `refresh` and the next wait see one snapshot. Writes happen inside `transaction`.
 */
export class Tables {
  readonly #root: RootDatabase
  /** Key → the revision of its value. Deleted keys are not here. */
  readonly #current: Database<Uint8Array, Buffer>
  /** Revision → LogEntry, for every revision since the compaction. */
  readonly #log: Database<Uint8Array, number>
  /** Revision → value, sealed. */
  readonly #values: Database<Uint8Array, number>
  /** `format`, which is read before anything is known, in plain text; `compacted`. */
  readonly #facts: Database<Uint8Array, string>
  #failure: string | undefined

  /** Throws a sentence where another version wrote what lies in the directory. An empty one counts on from `begins`. */
  constructor(directory: string, begins: Revision) {
    this.#root = open({
      path: directory,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      // A promise of LMDB then means what ours must mean: it is on the disk.
      overlappingSync: false,
      // Its batches of an event turn leave a promise behind, whose rejection nobody could handle. We have our own groups.
      eventTurnBatching: false,
    })
    this.#current = this.#root.openDB({ name: 'current', keyEncoding: 'binary', encoding: 'binary' })
    this.#log = this.#root.openDB({ name: 'log', encoding: 'binary' })
    this.#values = this.#root.openDB({ name: 'values', encoding: 'binary' })
    this.#facts = this.#root.openDB({ name: 'facts', encoding: 'binary' })
    try {
      this.#begin(begins)
    } catch (error) {
      void this.#root.close()
      throw error
    }
  }

  /** Lets all reads from here to the next wait see the newest state. */
  refresh(): void {
    this.#root.resetReadTxn()
  }

  /** Writes everything or nothing, and resolves when it is on the disk. After a failure LMDB must not write again. */
  async transaction(write: () => void): Promise<void> {
    if (this.#failure) throw new Hindered('unavailable', this.#failure)
    try {
      await this.#root.batch(write)
    } catch (error) {
      const cause = await Promise.resolve((error as { commitError?: Promise<never> }).commitError).catch(each => each)
      this.#failure = `the storage could not write and is read-only until it is opened again: ${cause?.message ?? error}`
      throw new Hindered('undecided', this.#failure, { cause: error })
    }
  }

  close(): Promise<void> {
    return this.#root.close()
  }

  get compacted(): Revision {
    const bytes = this.#facts.get('compacted')
    const compacted = bytes && unseal(bytes, 'compacted')
    if (!compacted) throw damaged('how far it is compacted cannot be read any more')
    return decodeRevision(compacted)
  }

  get newest(): Revision {
    return [...this.#log.getKeys({ reverse: true, limit: 1 })][0] ?? this.compacted
  }

  /** The room that is taken, without what the file has left over. */
  get usedBytes(): number {
    return [this.#current, this.#log, this.#values, this.#facts].reduce((bytes, table) => {
      const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = table.getStats() as Stats
      return bytes + pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages)
    }, 0)
  }

  /** Throws Hindered where it is not what was written. */
  value(key: string, revision: Revision): Uint8Array {
    const bytes = this.#values.get(revision)
    const value = bytes && unseal(bytes, valuePlace(key, revision))
    if (value) return value
    throw damaged(`${key} as it was written at revision ${revision} cannot be read any more`)
  }

  entry(key: string): Entry | undefined {
    const bytes = this.#current.get(Buffer.from(key))
    if (!bytes) return undefined
    const revision = revisionOf(key, bytes)
    return { key, value: this.value(key, revision), revision }
  }

  event(revision: Revision, { key, previous, deleted }: LogEntry): Event {
    return {
      key,
      value: deleted ? undefined : this.value(key, revision),
      previous: previous ? { key, value: this.value(key, previous), revision: previous } : undefined,
      revision,
    }
  }

  /** What the log says of the revisions after one, up to another. */
  *logged(after: Revision, upTo?: Revision): Generator<readonly [Revision, LogEntry]> {
    const range = this.#log.getRange({ start: after + 1, ...(upTo !== undefined && { end: upTo + 1 }) })
    for (const { key: revision, value } of range) {
      const entry = unseal(value, logPlace(revision))
      if (!entry) throw damaged(`what was written at revision ${revision} cannot be read any more`)
      yield [revision, decodeLogEntry(entry)]
    }
  }

  /** What must be taken back to see a range as it was. */
  past(range: Range, at: Revision): Then {
    const matches = within(range)
    const then = new Map<string, Revision>()
    for (const [, { key, previous }] of this.logged(at)) if (matches(key) && !then.has(key)) then.set(key, previous)
    return then
  }

  /** The keys of a range in order, and the revisions of their values, as they were `then`. */
  *keys(range: Range, then: Then): Generator<{ readonly key: string; readonly revision: Revision }> {
    const gone = [...then]
      .filter(([key, revision]) => revision > 0 && !this.#exists(key))
      .map(([key, revision]) => ({ key, revision, place: inOrder(key) }))
      .sort((a, b) => (a.place < b.place ? 1 : -1))
    for (const { key: bytes, value } of this.#current.getRange(bounds(range))) {
      const key = bytes.toString()
      const place = inOrder(key)
      while (gone.length > 0 && gone.at(-1)!.place < place) yield gone.pop()!
      const revision = then.get(key) ?? revisionOf(key, value)
      if (revision > 0) yield { key, revision }
    }
    yield* gone.reverse()
  }

  /** How many keys a range had `then`. */
  count(range: Range, then: Then): number {
    const matches = within(range)
    let count = this.#current.getKeysCount(bounds(range))
    for (const [key, revision] of then) if (matches(key)) count += Number(revision > 0) - Number(this.#exists(key))
    return count
  }

  put({ key, value, previous, revision }: Event): void {
    const name = Buffer.from(key)
    void (value ? this.#current.put(name, seal(encodeRevision(revision), key)) : this.#current.remove(name))
    if (value) void this.#values.put(revision, seal(value, valuePlace(key, revision)))
    const entry = encodeLogEntry({ key, previous: previous?.revision ?? 0, deleted: !value })
    void this.#log.put(revision, seal(entry, logPlace(revision)))
  }

  /** Each write names the one value that nobody can read once the write itself is forgotten. */
  forget(logged: Iterable<readonly [Revision, LogEntry]>, compacted: Revision): void {
    for (const [revision, { previous }] of logged) {
      void this.#log.remove(revision)
      if (previous) void this.#values.remove(previous)
    }
    this.#putCompacted(compacted)
  }

  /** Makes an empty store one, and looks whether another is ours and whole. */
  #begin(begins: Revision): void {
    const found = this.#facts.get('format')?.toString()
    if (found === undefined)
      this.#root.transactionSync(() => {
        void this.#facts.put('format', Buffer.from(format))
        this.#putCompacted(begins)
      })
    else if (found !== format)
      throw new Error(
        `it has format ${found}, and this version of Pinnace reads format ${format}: ` +
          'save a snapshot with the version that wrote it, and restore that with this one',
      )
    const { entryCount } = this.#log.getStats() as Stats
    if (this.newest - this.compacted !== entryCount) throw damaged('its history has gaps')
  }

  #putCompacted(revision: Revision): void {
    void this.#facts.put('compacted', seal(encodeRevision(revision), 'compacted'))
  }

  #exists(key: string): boolean {
    return this.#current.doesExist(Buffer.from(key))
  }
}

/** What LMDB counts of a table. */
interface Stats {
  readonly pageSize: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
  readonly entryCount: number
}

// The places for which rows are sealed. A row of `current` is sealed for its key.
const valuePlace = (key: string, revision: Revision): string => `${key}\0${revision}`
const logPlace = (revision: Revision): string => `log\0${revision}`

function revisionOf(key: string, bytes: Uint8Array): Revision {
  const revision = unseal(bytes, key)
  if (!revision) throw damaged(`which revision ${key} has cannot be read any more`)
  return decodeRevision(revision)
}

const damaged = (what: string): Hindered => new Hindered('damaged', `the storage is damaged: ${what}; restore a snapshot`)

const bounds = ({ start, end }: Range): { start: Buffer; end: Buffer } => ({ start: Buffer.from(start), end: Buffer.from(end) })
