import { type Key, type KubeObject, keyOf } from '#api/object.ts'
import { Indexes, type IndexFunctions } from './indexes.ts'
import { idOf, idsOf, inOrder, Ordered } from './keys.ts'
import type { Feed, Item, News } from './news.ts'
import { Change } from './past.ts'
import { stretchThen } from './then.ts'
import { Watcher, Watchers, type WatchOptions } from './watchers.ts'

export type { IndexFunctions } from './indexes.ts'
export type { Feed, Item, News, Told, WatchEvent } from './news.ts'
export { Change } from './past.ts'
export type { Watcher, WatchOptions } from './watchers.ts'

export interface CacheOptions<T extends KubeObject> {
  /** How many changes of the past are kept for watchers (1,000). The API server keeps more; 0: nobody will watch. */
  readonly limit?: number
  /** How large the objects of these changes may be together, as JSON. The newest change is kept whatever its size. */
  readonly limitBytes?: number
  /** Other ways to find objects than by their key, see Cache.by. Pure functions. */
  readonly indexes?: IndexFunctions<T>
  /** Freezes every object, so that a test falls over whoever changes what belongs to all. */
  readonly freeze?: boolean
}

/** Hears of a change when it has happened: the cache already shows `after`. May not throw: that would end the cache. */
export type Listener<T> = (before: T | undefined, after: T | undefined) => void

/** The objects of one namespace; without one, or with the empty one, all. */
export interface Where {
  readonly namespace?: string | undefined
}

/**
 * The present of one kind, and its recent past, in memory. One feed fills it; any number of watchers drink from it at their
 * own pace. In the API server the feed is the storage, and this is the watch cache; everywhere else the feed is a watch on
 * the API, and this is what Kubernetes calls an informer. It is the same thing at the two ends of a wire.
 *
 * Guarantees: shows one revision at a time, never part of one; lists in the order of keys, as etcd does; a watcher misses
 * nothing and sees nothing twice, or is told Expired.
 * Assumptions: one `follow` at a time. Objects belong to all who can see them: nobody changes them.
 */
export class Cache<T extends KubeObject = KubeObject> {
  #items = new Map<string, Item<T>>()
  #order = new Ordered()
  #indexes: Indexes<T>
  readonly #functions: IndexFunctions<T>
  readonly #freeze: boolean
  readonly #limit: number
  readonly #watchers: Watchers<T>
  readonly #listeners = new Set<Listener<T>>()
  readonly #waiting = new Set<{ readonly revision: number; readonly wake: () => void }>()

  constructor({ limit = 1000, limitBytes = Number.POSITIVE_INFINITY, indexes = {}, freeze = false }: CacheOptions<T> = {}) {
    this.#functions = indexes
    this.#indexes = new Indexes(indexes)
    this.#freeze = freeze
    this.#limit = limit || Number.POSITIVE_INFINITY
    this.#watchers = new Watchers(limit, limitBytes)
  }

  /** Takes in the news of a feed until the feed ends or the signal aborts. */
  async follow(feed: Feed<T>, signal: AbortSignal): Promise<void> {
    let burst = 0
    for await (const news of feed(signal)) {
      this.take(news)
      if (signal.aborted) return
      // Who is not slow must get a turn before a long burst pushes the past away from under it.
      if (++burst < this.#limit / 2) continue
      burst = 0
      await this.told()
    }
  }

  /** Resolves when all watchers who slept have been asked for what happened. */
  told(): Promise<void> {
    return this.#watchers.told()
  }

  /** Takes in one piece of news, at once: for who has no feed to be pulled, but is told. */
  take(news: News<T>): void {
    if (news.type === 'reset') this.#reset(news.items, news.revision)
    if (news.type === 'put') this.#change(idOf(keyOf(news.item.object)), news.item, news.item.revision)
    if (news.type === 'delete') this.#change(idOf(news.key), undefined, news.revision, news.item)
    if (news.type === 'reached') this.#watchers.revision = news.revision
    for (const waiter of this.#waiting) if (waiter.revision <= this.revision) waiter.wake()
    this.#watchers.wake()
  }

  get(key: Key): Item<T> | undefined {
    return this.#items.get(idOf(key))
  }

  /** In the order of their keys. */
  items(where: Where = {}): readonly Item<T>[] {
    return Array.from(this.#order.between(...idsOf(where.namespace)), id => this.#items.get(id)!)
  }

  /** In the order of their keys. */
  list(where: Where = {}): readonly T[] {
    return Array.from(this.#order.between(...idsOf(where.namespace)), id => this.#items.get(id)!.object)
  }

  /** At most `limit` items behind a key, in the order of keys, and how many lie behind them. */
  page({ namespace, after, limit }: Where & { readonly after?: Key | undefined; readonly limit: number }): {
    readonly items: readonly Item<T>[]
    readonly remaining: number
  } {
    const [first, end] = idsOf(namespace)
    const start = after ? `${idOf(after)}\0` : first
    const items: Item<T>[] = []
    for (const id of this.#order.between(start, end)) {
      if (items.length >= limit) break
      items.push(this.#items.get(id)!)
    }
    return { items, remaining: this.#order.count(start, end) - items.length }
  }

  /**
   * At most `limit` items as they were at a revision, from a place on, and how many lay behind them. `from` follows the namespace:
   * `name\0`, or without a namespace `namespace/name\0`. Nothing, where the past does not reach back so far.
   */
  pageThen(
    revision: number,
    { namespace, from, limit }: Where & { readonly from: string; readonly limit: number },
  ): { readonly items: readonly Item<T>[]; readonly remaining: number } | undefined {
    const { past } = this.#watchers
    if (!this.filled || revision < past.begins || revision > this.revision) return undefined
    const [first, end] = idsOf(namespace)
    const stretch = { start: first + inOrder(from), end, limit }
    return stretchThen({ order: this.#order, items: this.#items, past }, revision, stretch)
  }

  /** The objects that an index lists under a value. Throws where there is no such index. */
  by(index: string, value: string): readonly T[] {
    return this.#indexes.by(index, value)
  }

  get size(): number {
    return this.#items.size
  }

  /** Everything up to here is shown. 0 before the first reset. */
  get revision(): number {
    return this.#watchers.revision ?? 0
  }

  /** Everything after this revision can be watched. */
  get begins(): number {
    return this.#watchers.past.begins
  }

  /** Whether there is a present at all: the first reset has arrived. */
  get filled(): boolean {
    return this.#watchers.revision !== undefined
  }

  /** Waits until the cache is filled. Rejects with the signal's reason. */
  ready(signal?: AbortSignal): Promise<void> {
    return this.reach(0, signal)
  }

  /** Waits until the cache is filled and no older than a revision. Rejects with the signal's reason. */
  reach(revision: number, signal?: AbortSignal): Promise<void> {
    if (this.filled && this.revision >= revision) return Promise.resolve()
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        end()
        reject(signal?.reason)
      }
      const wake = (): void => {
        end()
        resolve()
      }
      const waiter = { revision, wake }
      this.#waiting.add(waiter)
      signal?.addEventListener('abort', abort)
    })
  }

  /**
   * What happened after a revision, and then what happens, in batches, until the signal aborts. A watcher buffers nothing:
   * it pulls from the past that all share, and throws StatusError Expired where it falls out of it, at the start or later.
   */
  watch(after: number, signal: AbortSignal, options: WatchOptions<T> = {}): Watcher<T> {
    return new Watcher(this.#watchers, after, options, signal)
  }

  /**
   * Takes in what happened after a revision, `upTo` where the past begins: for watchers from further back. Oldest first. False
   * where nothing of it could be kept, or the past begins elsewhere by now.
   */
  recall(earlier: readonly Change<T>[], { after, upTo }: { readonly after: number; readonly upTo: number }): boolean {
    const { past } = this.#watchers
    if (past.begins !== upTo) return true
    past.recall(earlier, after)
    return past.begins < upTo
  }

  /**
   * Calls the listener for each change at once; after a reset for each difference to what was there before, so that no
   * deletion is missed. It does not hear of what is there already. Gives the way to stop it.
   */
  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #reset(items: readonly Item<T>[], revision: number): void {
    const old = this.#items
    if (this.#freeze) for (const { object } of items) freeze(object)
    this.#items = new Map(items.map(item => [idOf(keyOf(item.object)), item]))
    this.#order = new Ordered(this.#items.keys())
    this.#indexes = new Indexes(this.#functions)
    for (const [id, item] of this.#items) this.#indexes.change(id, undefined, item)
    // Where the feed came back to the very revision it had left, nothing was missed and the past goes on.
    if (this.#watchers.revision !== revision) this.#watchers.past.clear(revision)
    this.#watchers.revision = revision
    for (const [id, before] of old) if (!this.#items.has(id)) this.#tell(before, undefined)
    for (const [id, after] of this.#items) if (old.get(id)?.revision !== after.revision) this.#tell(old.get(id), after)
  }

  #change(id: string, after: Item<T> | undefined, revision: number, gone?: Item<T>): void {
    const before = this.#items.get(id)
    this.#watchers.revision = revision
    if (!before && !after) return
    if (this.#freeze && after) freeze(after.object)
    if (after) this.#items.set(id, after)
    else this.#items.delete(id)
    if (!before) this.#order.add(id)
    if (!after) this.#order.delete(id)
    this.#indexes.change(id, before, after)
    this.#watchers.past.push(new Change(id, before, after, revision, gone))
    this.#tell(before, after)
  }

  #tell(before: Item<T> | undefined, after: Item<T> | undefined): void {
    for (const listener of this.#listeners) listener(before?.object, after?.object)
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const each of Object.values(value)) freeze(each)
}
