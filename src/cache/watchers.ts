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

/** The watchers of a cache, and the past they drink from, each at its own pace: nothing is kept for any one of them. */
export class Watchers<T extends KubeObject> {
  readonly past: Past<T>
  /** How far history has come; undefined until there is a present. */
  revision: number | undefined
  readonly #asleep = new Set<Watcher<T>>()
  #soon = false

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
  }

  /** There is news: wakes all sleepers, once for everything that happens in this turn of the event loop. */
  wake(): void {
    if (this.#soon || this.#asleep.size === 0) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      for (const watcher of this.#asleep) watcher.look()
    })
  }
}

/** One reader of the past, pulled by one `for await`. Sleeping costs nothing, and is not woken for what does not pass. */
export class Watcher<T extends KubeObject> implements AsyncIterableIterator<readonly WatchEvent<T>[], undefined> {
  readonly #all: Watchers<T>
  readonly #wants: (change: Change<T>) => Told<T> | undefined
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
    this.#wants = interest(options)
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
    const batch: WatchEvent<T>[] = []
    if (revision === undefined) return batch
    if (this.#next === undefined ? this.#seen < past.begins : this.#next < past.first)
      throw new StatusError('Expired', `too old resource version: ${this.#seen} (${past.begins})`)
    this.#next ??= past.after(this.#seen)
    for (; this.#next < past.next; this.#next++) {
      const change = past.at(this.#next)
      // A watcher of the future sleeps through what comes before.
      if (change.revision <= this.#after) continue
      this.#seen = change.revision
      const told = this.#wants(change)
      if (told) batch.push(told)
    }
    this.#seen = Math.max(this.#seen, revision)
    if (this.#bookmarks && this.#seen > this.#bookmarked) {
      this.#bookmarked = this.#seen
      batch.push({ type: 'BOOKMARK', revision: this.#seen })
    }
    return batch
  }
}

/** How a change looks to somebody who wants to see only a part. */
function interest<T extends KubeObject>({ namespace, key, passes }: WatchOptions<T>): (change: Change<T>) => Told<T> | undefined {
  const prefix = namespace && inOrder(`${namespace}/`)
  const id = key !== undefined && inOrder(key)
  return change => {
    if (prefix && !change.id.startsWith(prefix)) return
    if (id && change.id !== id) return
    const was = change.before && (!passes || passes(change.before.object))
    const is = change.after && (!passes || passes(change.after.object))
    if (is) return change.told(was ? 'MODIFIED' : 'ADDED')
    if (was) return change.told('DELETED')
  }
}
