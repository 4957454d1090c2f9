import type { Key, KubeObject } from '#api/object.ts'
import { type Cache, Change, type Item } from '#cache/cache.ts'
import { Compacted, type Entry, type Event, Hindered, type Range, type Revision, type Storage } from '#storage/storage.ts'

const never = new AbortController().signal

/** What is needed to make the changes of a cache from the events of a storage. */
export interface RecollectionGround {
  readonly storage: Storage
  readonly range: Range
  readonly cache: Cache<KubeObject>
  keyOf(path: string): Key
  itemOf(entry: Entry): Item
  /** An object as it was when it went. */
  goneOf(item: Item, revision: Revision): Item
}

/**
 * Lets a watch cache remember what happened before its process began, from the storage's history: for watchers that come back
 * after a restart, or from another API server. It is asked for once for all who come back, and only where somebody does.
 */
export class Recollection {
  readonly #ground: RecollectionGround
  #busy: Promise<boolean> | undefined

  constructor(ground: RecollectionGround) {
    this.#ground = ground
  }

  /** Resolves when the cache's past reaches back to a revision, or cannot: then the watch will say that it is Expired. */
  async reachBack(after: Revision): Promise<void> {
    while (after < this.#ground.cache.begins) {
      const others = this.#busy
      this.#busy ??= this.#recall(after).finally(() => {
        this.#busy = undefined
      })
      if (!(await this.#busy) && !others) return
    }
  }

  /** False: there is no more to be known. */
  async #recall(after: Revision): Promise<boolean> {
    const { storage, range, cache } = this.#ground
    const upTo = cache.begins
    const changes: Change<KubeObject>[] = []
    const items = new Map<Revision, Item>()
    try {
      for await (const { events, revision } of storage.watch(range, after, never)) {
        for (const event of events) if (event.revision <= upTo) changes.push(this.#change(event, items))
        if (revision >= upTo) break
      }
    } catch (error) {
      if (error instanceof Compacted || error instanceof Hindered) return false
      throw error
    }
    return cache.recall(changes, { after, upTo })
  }

  #change({ key, value, previous, revision }: Event, items: Map<Revision, Item>): Change<KubeObject> {
    const { keyOf, itemOf, goneOf } = this.#ground
    const before = previous && (items.get(previous.revision) ?? itemOf(previous))
    const after = value && itemOf({ key, value, revision })
    if (after) items.set(revision, after)
    return Change.of(keyOf(key), { before, after, revision, gone: before && !after ? goneOf(before, revision) : undefined })
  }
}
