import type { Clock } from '#machinery/clock.ts'
import { Bell } from '#storage/bell.ts'
import type { History } from '#storage/follow.ts'
import { type Batch, Compacted, type Entry, type Event, type Revision } from '#storage/storage.ts'
import type { Members } from './members.ts'
import { deletion, type KeyValue, toNumber, type WatchResponse, type WireEvent } from './messages.ts'

/** How much of the past is asked for at a time, so that others get their turn. */
const stretch = 2_000
/** How long the tail may be behind what etcd has told another request before it is taken up at another member. */
const patienceMs = 1_000
/** Between two attempts to take it up. */
const pauseMs = 100

/** From etcd: all keys there are. */
const everything = { key: Buffer.of(0), rangeEnd: Buffer.of(0), prevKv: true }

const empty = Buffer.alloc(0)

/** The bytes of a value: the codec leaves out what is empty. */
const bytesOf = ({ value }: KeyValue): Uint8Array => (value.length > 0 ? value : empty)

export const entryOf = (kv: KeyValue): Entry => ({
  key: Buffer.from(kv.key).toString(),
  value: bytesOf(kv),
  revision: toNumber(kv.modRevision),
})

function eventOf({ type, kv, prevKv }: WireEvent): Event {
  const { key, value, revision } = entryOf(kv)
  return { key, value: type === deletion ? undefined : value, previous: prevKv ? entryOf(prevKv) : undefined, revision }
}

/**
 * The newest part of etcd's history, followed by one watch on all keys, which all watchers share.
 *
 * That every write arrives, whatever its key, is what tells how far history has come: no progress need be asked for, and
 * who waits for a revision waits for that write. The watch is taken up where it broke off, at the next member, for as long
 * as it takes. Watchers who are further behind than what is kept in memory are served by etcd itself.
 */
export class Tail implements History {
  revision: Revision
  compacted: Revision = 0
  closed = false
  readonly news = new Bell()
  readonly #members: Members
  readonly #clock: Clock
  readonly #kept: number
  readonly #stop = new AbortController()
  /** All that happened after `#begins`, oldest first. */
  #events: Event[] = []
  #begins: Revision
  /** Ends the watch that is open, for another to be opened. */
  #renew = new AbortController()
  #waiting = false
  #expected: Revision = 0
  readonly #newest: () => Promise<Revision>
  readonly #running: Promise<void>

  /** Follows history from a revision on. `newest` asks etcd for its revision, `kept` says how many events stay in memory. */
  constructor(
    members: Members,
    clock: Clock,
    { from, kept, newest }: { readonly from: Revision; readonly kept: number; readonly newest: () => Promise<Revision> },
  ) {
    this.#members = members
    this.#clock = clock
    this.#kept = kept
    this.#newest = newest
    this.revision = from
    this.#begins = from
    this.#running = this.#run()
  }

  async since(seen: Revision, matches: (key: string) => boolean): Promise<Batch> {
    const { revision } = this
    if (seen >= revision) return { revision, events: [] }
    if (seen < this.#begins) return this.#past(seen, matches)
    const last = this.#events.findLastIndex(event => event.revision <= seen)
    return { revision, events: this.#events.slice(last + 1).filter(event => matches(event.key)) }
  }

  /** Etcd has come as far as this: so should we, soon. */
  expect(revision: Revision): void {
    this.#expected = Math.max(this.#expected, revision)
    if (revision > this.revision && !this.#waiting) void this.#await(revision)
  }

  /** Waits until all has arrived that was expected before, or the signal aborts. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const expected = this.#expected
    const ear = this.news.listen(signal)
    while (this.revision < expected && !signal.aborted && !this.closed) await ear.next()
    ear.close()
  }

  /** History has been compacted; never back. */
  compactedUpTo(revision: Revision): void {
    this.compacted = Math.max(this.compacted, revision)
    this.news.ring()
  }

  /** Asks etcd how far its history is compacted: it tells whoever wants to watch from the beginning. */
  async oldest(): Promise<Revision> {
    for await (const response of this.#members.watch({ ...everything, startRevision: 1 }, this.#stop.signal)) {
      if (!response.canceled && response.created) continue
      this.compactedUpTo(toNumber(response.compactRevision))
      break
    }
    return this.compacted
  }

  async close(): Promise<void> {
    this.closed = true
    this.#stop.abort()
    this.news.ring()
    await this.#running
  }

  /** The events of a stretch of the past, from etcd. Throws Compacted. */
  async #past(seen: Revision, matches: (key: string) => boolean): Promise<Batch> {
    const { signal } = this.#stop
    const events: Event[] = []
    let [at, count] = [seen, 0]
    for (const upTo = this.revision; at < upTo && count < stretch && !signal.aborted; )
      try {
        for await (const response of this.#members.watch({ ...everything, startRevision: at + 1 }, signal)) {
          if (response.canceled) throw endOf(response)
          for (const wire of response.events) {
            const event = eventOf(wire)
            at = event.revision
            count++
            if (matches(event.key)) events.push(event)
          }
          if (at >= upTo || count >= stretch) break
        }
      } catch (error) {
        if (error instanceof Compacted) throw error
        await this.#clock.sleep(pauseMs, signal)
      }
    // Etcd does not mind who begins with the very revision of a compaction, of which a deletion may be gone already.
    if (seen < (await this.oldest())) throw new Compacted(this.compacted)
    return { revision: at, events }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        this.#renew = new AbortController()
        const either = AbortSignal.any([signal, this.#renew.signal])
        const from = this.revision
        for await (const response of this.#members.watch({ ...everything, startRevision: from + 1 }, either)) {
          if (response.canceled) throw endOf(response)
          if (response.created && from < (await this.oldest())) throw new Compacted(this.compacted)
          this.#take(response.events)
        }
      } catch (error) {
        if (error instanceof Compacted) await this.#leap(error.oldest)
        else await this.#clock.sleep(pauseMs, signal)
      }
    }
  }

  #take(wire: readonly WireEvent[]): void {
    if (wire.length === 0) return
    for (const each of wire) this.#events.push(eventOf(each))
    this.revision = this.#events.at(-1)!.revision
    if (this.#events.length > 2 * this.#kept) {
      this.#begins = this.#events.at(-this.#kept - 1)!.revision
      this.#events = this.#events.filter(event => event.revision > this.#begins)
    }
    this.news.ring()
  }

  /** What we have not heard is compacted. Watchers may still be further than we are, and go on; the others begin anew. */
  async #leap(compacted: Revision): Promise<void> {
    const newest = await this.#newest().catch(() => undefined)
    if (newest === undefined) return
    this.#events = []
    this.revision = this.#begins = newest
    this.compactedUpTo(compacted)
  }

  /** A member that is cut off or stopped may keep its watch open and silent: then others know more than it tells. */
  async #await(revision: Revision): Promise<void> {
    this.#waiting = true
    await this.#clock.sleep(patienceMs, this.#stop.signal)
    this.#waiting = false
    if (this.revision >= revision || this.closed) return
    this.#members.turn()
    this.#renew.abort()
  }
}

function endOf({ compactRevision, cancelReason }: WatchResponse): Error {
  const compacted = toNumber(compactRevision)
  return compacted > 0 ? new Compacted(compacted) : new Error(`etcd ended a watch: ${cancelReason}`)
}
