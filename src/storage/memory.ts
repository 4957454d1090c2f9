import { Bell } from './bell.ts'
import { follow, type History } from './follow.ts'
import { inOrder } from './keys.ts'
import { SortedMap } from './sorted-map.ts'
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

/** Storage in plain memory: the readable definition of what every store does, and the store that tests run on. */
class Memory implements Storage, History {
  /** How things stood after each revision since the compaction, and at it: that of revision r stands at r - compacted. Keys are spelled by `inOrder`. */
  readonly #states = [SortedMap.empty<Entry>()]
  /** What happened since the compaction: the write with revision r stands at r - compacted - 1. */
  readonly #events: Event[] = []
  compacted: Revision = 0
  closed = false
  readonly news = new Bell()

  get revision(): Revision {
    return this.compacted + this.#events.length
  }

  async read(range: Range, { at = this.revision, limit = Number.POSITIVE_INFINITY } = {}): Promise<Page> {
    if (at < this.compacted) throw new Compacted(this.compacted)
    if (at > this.revision) throw new RangeError(`revision ${at} has not come yet: the newest is ${this.revision}`)
    const state = this.#states[at - this.compacted]!
    const [start, end] = [inOrder(range.start), inOrder(range.end)]
    const entries = [...state.values(start, end).take(limit)]
    return { revision: at, entries, remaining: state.count(start, end) - entries.length }
  }

  async newest(): Promise<Revision> {
    return this.revision
  }

  async write({ key, value, expected }: Write): Promise<Outcome> {
    const [place, state] = [inOrder(key), this.#states.at(-1)!]
    const previous = state.get(place)
    if ((previous?.revision ?? 0) !== expected || !(previous || value)) return { written: false, actual: previous }
    const revision = this.revision + 1
    this.#states.push(value ? state.with(place, { key, value, revision }) : state.without(place))
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
    this.#states.splice(0, count)
    this.#events.splice(0, count)
  }

  async close(): Promise<void> {
    this.closed = true
    this.news.ring()
  }
}

/** An empty store that lives as long as the process. */
export const openMemory = (): Storage => new Memory()
