import { Bell } from './bell.ts'
import { follow, type History } from './follow.ts'
import { inOrder } from './keys.ts'
import {
  type Batch,
  Compacted,
  type Entry,
  type Event,
  type Outcome,
  type Page,
  type Range,
  type Revision,
  type Storage,
  type Write,
} from './storage.ts'

/** A key as one write left it. No value: deleted. */
interface Version {
  readonly key: string
  readonly value: Uint8Array | undefined
  readonly revision: Revision
}

/** Storage in plain memory: the readable definition of what every store does, and the store that tests run on. */
class Memory implements Storage, History {
  /** In order, spelled by `inOrder`; deleted keys too, until their past is compacted. */
  #keys: string[] = []
  /** Of each key its versions, oldest first: the last one that is older than the compaction, and all since. */
  readonly #versions = new Map<string, Version[]>()
  /** What happened since the compaction: the write with revision r stands at r - compacted - 1. */
  #events: Event[] = []
  compacted: Revision = 0
  closed = false
  readonly news = new Bell()

  get revision(): Revision {
    return this.compacted + this.#events.length
  }

  async read(range: Range, { at = this.revision, limit = Number.POSITIVE_INFINITY } = {}): Promise<Page> {
    if (at < this.compacted) throw new Compacted(this.compacted)
    if (at > this.revision) throw new RangeError(`revision ${at} has not come yet: the newest is ${this.revision}`)
    const entries: Entry[] = []
    let remaining = 0
    for (let place = this.#place(inOrder(range.start)), end = this.#place(inOrder(range.end)); place < end; place++) {
      const entry = this.#entry(this.#keys[place]!, at)
      if (entry && entries.length < limit) entries.push(entry)
      else if (entry) remaining++
    }
    return { revision: at, entries, remaining }
  }

  async newest(): Promise<Revision> {
    return this.revision
  }

  async write({ key, value, expected }: Write): Promise<Outcome> {
    const previous = this.#entry(inOrder(key), this.revision)
    if ((previous?.revision ?? 0) !== expected || !(previous || value)) return { written: false, actual: previous }
    const revision = this.revision + 1
    this.#keep({ key, value, revision })
    this.#events.push({ key, value, previous, revision })
    this.news.ring()
    return { written: true, revision }
  }

  watch(range: Range, after: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    return follow(this, range, after, signal)
  }

  since(seen: Revision, matches: (key: string) => boolean): Batch {
    const events = seen < this.revision ? this.#events.slice(seen - this.compacted) : []
    return { revision: this.revision, events: events.filter(event => matches(event.key)) }
  }

  async compact(upTo: Revision): Promise<void> {
    const count = Math.min(upTo, this.revision) - this.compacted
    if (count <= 0) return
    this.compacted += count
    for (const { key } of this.#events.splice(0, count)) this.#forget(inOrder(key))
  }

  async close(): Promise<void> {
    this.closed = true
    this.news.ring()
  }

  /** What a key was at a revision. */
  #entry(key: string, at: Revision): Entry | undefined {
    const version = this.#versions.get(key)?.findLast(each => each.revision <= at)
    return version?.value && (version as Entry)
  }

  #keep(version: Version): void {
    const key = inOrder(version.key)
    const versions = this.#versions.get(key)
    if (versions) versions.push(version)
    else {
      this.#versions.set(key, [version])
      this.#keys.splice(this.#place(key), 0, key)
    }
  }

  /** Drops the versions of a key that nobody can read any more. */
  #forget(key: string): void {
    const versions = this.#versions.get(key)
    if (!versions) return
    const oldest = versions.findLastIndex(each => each.revision <= this.compacted)
    versions.splice(0, versions[oldest]?.value ? oldest : oldest + 1)
    if (versions.length > 0) return
    this.#versions.delete(key)
    this.#keys.splice(this.#place(key), 1)
  }

  /** Where a key (spelled by `inOrder`) stands, or would stand. */
  #place(key: string): number {
    let low = 0
    for (let high = this.#keys.length; low < high; ) {
      const middle = (low + high) >> 1
      if (this.#keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** An empty store that lives as long as the process. */
export const openMemory = (): Storage => new Memory()
