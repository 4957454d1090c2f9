import { Compacted, type Event, Hindered, type Page, type Revision, type Storage, under } from '#storage/storage.ts'

/** Where all objects lie. */
const everything = under('/registry/')

/** How many events are told before others get a turn, who must see them before they fall out of the past. */
const burst = 1000

/** One who follows what lies under a prefix. */
export interface Follower {
  /** Ends with a slash. No follower's lies under another's. */
  readonly prefix: string
  /** Reads the present. */
  read(): Promise<Page>
  /** Shows the present, whatever was shown before. */
  reset(page: Page): void
  /** Shows what happened next. Throws Hindered where it cannot be read. */
  take(event: Event): void
  /** Shows nothing until the next reset: what is there cannot be read, for it is damaged. */
  lose(why: Hindered): void
  /** Nothing else has happened up to here. */
  reached(revision: Revision): void
  /** Resolves when all who follow the follower have heard. */
  told(): Promise<void>
}

/**
 * The news of a storage for all kinds: one watch, and each event goes to the one kind that it is about. A watch for each would
 * wake all of them at every write.
 *
 * Guarantees: a follower misses nothing and is told nothing twice; all have been told of a revision in the same breath. What one
 * of them cannot read is no other's trouble: it is lost until something else is written under its prefix, and can be read.
 */
export class Dispatch {
  readonly #storage: Storage
  readonly #begun = Promise.withResolvers<void>()
  readonly #places = new Map<string, Place>()
  /** Aborts with what keeps a follower from beginning anew. */
  readonly #fall = new AbortController()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Follows the storage until the signal aborts. Rejects with what does not pass. */
  async run(stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, this.#fall.signal])
    await persist(signal, async () => {
      // Asked for first: whatever the followers have read is at least as new.
      const after = await this.#storage.newest()
      this.#begun.resolve()
      await Promise.all(Array.from(this.#places.values(), place => place.begin(signal)))
      let told = 0
      for await (const { events, revision } of this.#storage.watch(everything, after, signal)) {
        for (const event of events) this.#placeOf(event.key)?.take(event, signal)
        if (signal.aborted) break
        for (const place of this.#places.values()) place.reached(revision)
        if ((told += events.length) < burst) continue
        told = 0
        await Promise.all(Array.from(this.#places.values(), place => place.told()))
      }
    }).finally(this.#begun.resolve)
    this.#fall.signal.throwIfAborted()
  }

  /** Shows a follower the present, and from then on what happens. Rejects with what does not pass. */
  async join(follower: Follower, signal: AbortSignal): Promise<void> {
    await this.#begun.promise
    const place = new Place(follower, error => this.#fall.abort(error))
    this.#places.set(follower.prefix, place)
    await place.begin(signal)
  }

  #placeOf(key: string): Place | undefined {
    for (let end = key.indexOf('/', everything.start.length) + 1; end > 0; end = key.indexOf('/', end) + 1) {
      const place = this.#places.get(key.slice(0, end))
      if (place) return place
    }
    return undefined
  }
}

/** Where a follower stands. */
class Place {
  readonly #follower: Follower
  readonly #failed: (error: unknown) => void
  /** What happened while the present was being read, and how far history came. */
  #held: { readonly events: Event[]; reached: Revision } | undefined
  #isLost = false
  #shown: Revision = 0
  #beginnings = 0

  /** `failed` hears what does not pass of a beginning that nobody waits for. */
  constructor(follower: Follower, failed: (error: unknown) => void) {
    this.#follower = follower
    this.#failed = failed
  }

  /** Reads the present, shows it, and then what has happened meanwhile. Of several beginnings the last one counts. */
  async begin(signal: AbortSignal): Promise<void> {
    const beginning = ++this.#beginnings
    this.#held = { events: [], reached: 0 }
    this.#isLost = false
    await persist(signal, async () => {
      try {
        const page = await this.#follower.read()
        if (beginning !== this.#beginnings) return
        this.#follower.reset(page)
        this.#shown = page.revision
      } catch (error) {
        if (!isDamage(error)) throw error
        if (beginning === this.#beginnings) this.#lose(error)
        return
      }
      const { events, reached } = this.#held!
      this.#held = undefined
      for (const event of events) this.take(event, signal)
      this.reached(reached)
    })
  }

  told(): Promise<void> {
    return this.#follower.told()
  }

  take(event: Event, signal: AbortSignal): void {
    if (this.#isLost) this.begin(signal).catch(this.#failed)
    else if (this.#held) this.#held.events.push(event)
    else if (event.revision > this.#shown) this.#show(event)
  }

  reached(revision: Revision): void {
    if (this.#held) this.#held.reached = revision
    else if (!this.#isLost && revision > this.#shown) this.#follower.reached(revision)
  }

  #show(event: Event): void {
    try {
      this.#follower.take(event)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#lose(error)
    }
  }

  #lose(why: Hindered): void {
    this.#isLost = true
    this.#held = undefined
    this.#follower.lose(why)
  }
}

const isDamage = (error: unknown): error is Hindered => error instanceof Hindered && error.obstacle === 'damaged'

/** Does something, and again for as long as what it throws passes by itself, until the signal aborts. */
async function persist(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted)
    try {
      return await work()
    } catch (error) {
      // A storage that does not answer has waited for a while already.
      const passes = error instanceof Compacted || (error instanceof Hindered && !isDamage(error))
      if (!passes) throw error
    }
}
