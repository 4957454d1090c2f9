import type { KubeObject } from '#api/object.ts'
import { StatusError } from '#api/status.ts'
import { inOrder } from './keys.ts'
import type { Told, WatchEvent } from './news.ts'
import { type Change, Past } from './past.ts'

/** What a watcher wants to be told. Left out: everything. */
export interface WatchOptions<T extends KubeObject> {
  readonly namespace?: string | undefined
  /** `namespace/name`, as keyText() writes it. */
  readonly key?: string | undefined
  /** Who stops passing is DELETED for this watcher, who begins to pass is ADDED. */
  readonly passes?: ((object: T) => boolean) | undefined
  /** Ends a batch with a BOOKMARK whenever the watcher has caught up and history has come further. Wakes it for that: see Watcher.revision. */
  readonly bookmarks?: boolean | undefined
}

/** How many sleepers are told in one turn of the event loop: whoever else has something to do comes in between. */
const toldInOneTurn = 32

/**
 * The watchers of a cache, and the past they drink from, each at its own pace: nothing is kept for any one of them.
 *
 * Guarantees: every sleeper is asked once for all that happened until its turn comes. A thousand of them take many turns of the
 * event loop, so that writes go on meanwhile, and the more there is to tell the more of it goes in one batch.
 */
export class Watchers<T extends KubeObject> {
  readonly past: Past<T>
  /** How far history has come; undefined until there is a present. */
  revision: number | undefined
  #asleep = new Set<Watcher<T>>()
  /** Sleepers who are still to be asked. */
  #due = new Set<Watcher<T>>()
  /** Whether something happened since the last of them were counted. */
  #stale = false
  #busy = false
  /** By interest, what the last watcher who had it was told: the next one is mostly where that one was. */
  readonly #batches = new Map<unknown, Map<string, Batch<T>>>()

  constructor(limit: number, limitBytes: number) {
    this.past = new Past(limit, limitBytes)
  }

  /** Counts in a watcher that found nothing to tell; it is asked again when there is news. */
  sleep(watcher: Watcher<T>): void {
    this.#asleep.add(watcher)
  }

  /** Counts out a watcher. */
  forget(watcher: Watcher<T>): void {
    this.#asleep.delete(watcher)
    this.#due.delete(watcher)
  }

  /** There is news: wakes all sleepers, once for everything that happens until they get their turn. */
  wake(): void {
    this.#stale = true
    if (this.#busy || this.#asleep.size === 0) return
    this.#busy = true
    setImmediate(this.#turn)
  }

  /** Resolves when every sleeper was asked. */
  async told(): Promise<void> {
    do await new Promise(setImmediate)
    while (this.#busy)
  }

  /** What happened from a change on, as an interest sees it: one value for all sleepers who ask in the same place. */
  since(from: number, interest: Interest<T>): readonly Told<T>[] {
    // Who is not asleep may stand anywhere; what it is told is of no use to the next.
    if (!this.#busy) return this.#judge(from, interest)
    let places = this.#batches.get(interest.passes)
    if (!places) this.#batches.set(interest.passes, (places = new Map()))
    let batch = places.get(interest.place)
    if (batch?.from !== from || batch.to !== this.past.next)
      places.set(interest.place, (batch = { from, to: this.past.next, events: this.#judge(from, interest) }))
    return batch.events
  }

  #judge(from: number, interest: Interest<T>): readonly Told<T>[] {
    const { past } = this
    const events: Told<T>[] = []
    for (let at = from; at < past.next; at++) {
      const told = interest.told(past.at(at))
      if (told) events.push(told)
    }
    return events
  }

  readonly #turn = (): void => {
    if (this.#due.size === 0) {
      ;[this.#due, this.#asleep] = [this.#asleep, this.#due]
      this.#stale = false
    }
    let told = 0
    for (const watcher of this.#due) {
      if (told === toldInOneTurn) break
      this.#due.delete(watcher)
      if (watcher.look()) told++
      else this.#asleep.add(watcher)
    }
    if (this.#due.size > 0 || (this.#stale && this.#asleep.size > 0)) {
      setImmediate(this.#turn)
      return
    }
    this.#busy = false
    this.#batches.clear()
  }
}

interface Batch<T extends KubeObject> {
  readonly from: number
  readonly to: number
  readonly events: readonly Told<T>[]
}

/** One reader of the past, pulled by one `for await`. Sleeping costs nothing, and is not woken for what does not pass. */
export class Watcher<T extends KubeObject> implements AsyncIterableIterator<readonly WatchEvent<T>[], undefined> {
  readonly #all: Watchers<T>
  readonly #interest: Interest<T>
  readonly #bookmarks: boolean
  readonly #signal: AbortSignal
  readonly #after: number
  /** The number of the next change to look at; undefined until there is a past. */
  #next: number | undefined
  /** The revision up to which the past was looked at, and that up to which the reader came back for more. */
  #seen: number
  #taken: number
  #bookmarked = -1
  #asked: PromiseWithResolvers<IteratorResult<readonly WatchEvent<T>[], undefined>> | undefined
  #listening = false
  #ended = false
  readonly #end = (): void => {
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#end)
    this.#answer()?.resolve({ done: true, value: undefined })
  }

  constructor(all: Watchers<T>, after: number, options: WatchOptions<T>, signal: AbortSignal) {
    this.#all = all
    this.#after = this.#seen = this.#taken = after
    this.#interest = new Interest(options)
    this.#bookmarks = options.bookmarks ?? false
    this.#signal = signal
  }

  /**
   * Whoever pulled the last batch has been told everything up to this revision: what a bookmark may say at any moment
   * while the reader waits, without the watcher having been woken for it.
   */
  get revision(): number {
    const idle = this.#asked !== undefined && this.#next === this.#all.past.next
    return idle ? Math.max(this.#taken, this.#all.revision!) : this.#taken
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<readonly WatchEvent<T>[], undefined>> {
    this.#taken = this.#seen
    this.#asked = Promise.withResolvers()
    const { promise } = this.#asked
    if (this.#ended || this.#signal.aborted) this.#end()
    else if (!this.look()) this.#sleep()
    return promise
  }

  async return(): Promise<{ done: true; value: undefined }> {
    this.#end()
    return { done: true, value: undefined }
  }

  /** Gives the reader what there is to tell. False: nothing yet. */
  look(): boolean {
    try {
      const value = this.#collect()
      if (value.length === 0) return false
      this.#answer()?.resolve({ done: false, value })
    } catch (error) {
      this.#answer()?.reject(error)
      this.#end()
    }
    return true
  }

  #sleep(): void {
    this.#all.sleep(this)
    if (!this.#listening) this.#signal.addEventListener('abort', this.#end)
    this.#listening = true
  }

  /** Takes the reader who waits. */
  #answer(): PromiseWithResolvers<IteratorResult<readonly WatchEvent<T>[], undefined>> | undefined {
    this.#all.forget(this)
    const asked = this.#asked
    this.#asked = undefined
    return asked
  }

  /** All in one breath: what happens while the reader is busy with this batch belongs to the next. */
  #collect(): readonly WatchEvent<T>[] {
    const { past, revision } = this.#all
    if (revision === undefined) return []
    if (this.#next === undefined ? this.#seen < past.begins : this.#next < past.first)
      throw new StatusError('Expired', `too old resource version: ${this.#seen} (${past.begins})`)
    this.#next ??= past.after(this.#seen)
    // A watcher of the future sleeps through what comes before.
    while (this.#next < past.next && past.at(this.#next).revision <= this.#after) this.#next++
    const events = this.#next < past.next ? this.#all.since(this.#next, this.#interest) : []
    this.#next = past.next
    this.#seen = Math.max(this.#seen, revision)
    if (!this.#bookmarks || this.#seen <= this.#bookmarked) return events
    this.#bookmarked = this.#seen
    return [...events, { type: 'BOOKMARK', revision: this.#seen }]
  }
}

/** What somebody wants to see of all changes. Those with the same place and the same `passes` are one. */
class Interest<T extends KubeObject> {
  readonly passes: WatchOptions<T>['passes']
  readonly place: string
  readonly #prefix: string
  readonly #id: string | undefined

  constructor({ namespace, key, passes }: WatchOptions<T>) {
    this.passes = passes
    this.place = `${namespace ?? ''} ${key ?? ''}`
    this.#prefix = namespace ? inOrder(`${namespace}/`) : ''
    this.#id = key === undefined ? undefined : inOrder(key)
  }

  /** How a change looks to them; undefined: they do not see it. */
  told(change: Change<T>): Told<T> | undefined {
    const { passes } = this
    if (!change.id.startsWith(this.#prefix) || (this.#id !== undefined && change.id !== this.#id)) return
    const was = change.before && (!passes || passes(change.before.object))
    const is = change.after && (!passes || passes(change.after.object))
    if (is) return change.told(was ? 'MODIFIED' : 'ADDED')
    if (was) return change.told('DELETED')
  }
}
