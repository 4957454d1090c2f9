import type { KubeObject } from '#api/object.ts'
import type { Cache, Told, WatchEvent, WatchOptions } from '#cache/cache.ts'
import { once } from '#machinery/remember.ts'
import type { Lens } from './lens.ts'

/** What requests read of a cache: the present of a kind, and its recent past. */
export type Present = Pick<
  Cache<KubeObject>,
  'get' | 'items' | 'list' | 'page' | 'revision' | 'ready' | 'reach' | 'subscribe'
> & { watch(after: number, signal: AbortSignal, options?: WatchOptions<KubeObject>): Watching }

/** A watcher: see Cache.watch. */
export interface Watching extends AsyncIterable<readonly WatchEvent<KubeObject>[]> {
  readonly revision: number
}

type Events = readonly WatchEvent<KubeObject>[]
type Passes = NonNullable<WatchOptions<KubeObject>['passes']>

/** A cache as another version of its kind shows it. What is told of an item is converted once for all who hear it. */
export class OtherPresent implements Present {
  readonly #cache: Present
  readonly #lens: Lens
  readonly #told = new WeakMap<Told<KubeObject>, Told<KubeObject>>()
  // Who wants the same is told the same, here as there.
  readonly #batches = new WeakMap<Events, Events>()
  readonly #passes = new WeakMap<Passes, Passes>()

  constructor(cache: Present, lens: Lens) {
    this.#cache = cache
    this.#lens = lens
  }

  get: Present['get'] = key => {
    const item = this.#cache.get(key)
    return item && this.#lens.item(item)
  }

  items: Present['items'] = where => this.#cache.items(where).map(item => this.#lens.item(item))

  list: Present['list'] = where => this.#cache.list(where).map(object => this.#lens.object(object))

  page: Present['page'] = where => {
    const { items, remaining } = this.#cache.page(where)
    return { items: items.map(item => this.#lens.item(item)), remaining }
  }

  get revision(): number {
    return this.#cache.revision
  }

  ready: Present['ready'] = signal => this.#cache.ready(signal)

  reach: Present['reach'] = (revision, signal) => this.#cache.reach(revision, signal)

  subscribe: Present['subscribe'] = listener => {
    const show = (object: KubeObject | undefined): KubeObject | undefined => object && this.#lens.object(object)
    return this.#cache.subscribe((before, after) => listener(show(before), show(after)))
  }

  watch: Present['watch'] = (after, signal, { passes, ...rest } = {}) => {
    const lens = this.#lens
    const watcher = this.#cache.watch(after, signal, {
      ...rest,
      ...(passes && { passes: once(this.#passes, passes, () => object => passes(lens.object(object))) }),
    })
    const tell = (event: WatchEvent<KubeObject>): WatchEvent<KubeObject> =>
      event.type === 'BOOKMARK' ? event : once(this.#told, event, () => ({ type: event.type, item: lens.item(event.item) }))
    const tellAll = (batch: Events): Events => once(this.#batches, batch, () => batch.map(tell))
    return {
      get revision() {
        return watcher.revision
      },
      async *[Symbol.asyncIterator]() {
        for await (const batch of watcher) yield tellAll(batch)
      },
    }
  }
}
