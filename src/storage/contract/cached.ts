import { type KubeObject, keyOf } from '#api/object.ts'
import { Cache, type Item, type News } from '#cache/cache.ts'
import { within } from '#storage/keys.ts'
import { type Batch, Compacted, type Entry, type Event, type Storage, under } from '#storage/storage.ts'

const objectOf = (key: string): KubeObject => ({ apiVersion: 'v1', kind: 'Entry', metadata: { name: key } })
const itemOf = ({ key, value, revision }: Entry): Item => ({ object: objectOf(key), revision, bytes: value })
const nameOf = ({ object }: Item): string => object.metadata.name!
const entryOf = (item: Item): Entry => ({ key: nameOf(item), value: item.bytes!, revision: item.revision })

/**
 * A storage as one sees it through the watch cache, as the API server does: the present and all that happens come from the
 * cache, which first reaches the storage's revision; the past and writes go to the storage.
 */
export async function cached(storage: Storage): Promise<Storage> {
  const cache = new Cache({ limit: 10_000, freeze: true })
  const closing = new AbortController()
  /** What a cache does not tell: the value that a change replaced. */
  const before = new WeakMap<Item, Entry>()
  const told = ({ key, value, previous, revision }: Event): News<KubeObject> => {
    const item = itemOf({ key, value: value ?? previous!.value, revision })
    if (previous) before.set(item, previous)
    return value ? { type: 'put', item } : { type: 'delete', key: keyOf(item.object), revision, item }
  }
  async function* news(signal: AbortSignal): AsyncGenerator<News<KubeObject>> {
    while (!signal.aborted)
      try {
        const page = await storage.read(under(''))
        yield { type: 'reset', items: page.entries.map(itemOf), revision: page.revision }
        for await (const { events, revision } of storage.watch(under(''), page.revision, signal)) {
          for (const event of events) yield told(event)
          yield { type: 'reached', revision }
        }
      } catch (error) {
        if (!(error instanceof Compacted)) throw error
      }
  }
  const following = cache.follow(news, closing.signal)
  await cache.ready()
  const consistent = async (): Promise<void> => {
    await cache.reach(await storage.newest(), closing.signal)
  }
  return {
    async read(range, { at, limit = Number.POSITIVE_INFINITY } = {}) {
      if (at !== undefined) return storage.read(range, { at, limit })
      await consistent()
      const matches = within(range)
      const found = cache.items().filter(item => matches(nameOf(item)))
      const entries = found.slice(0, limit).map(entryOf)
      return { revision: cache.revision, entries, remaining: found.length - entries.length }
    },
    newest: () => storage.newest(),
    write: change => storage.write(change),
    async *watch(range, after, signal): AsyncGenerator<Batch, void> {
      const either = AbortSignal.any([signal, closing.signal])
      if (!either.aborted) await consistent().catch(error => closing.signal.aborted || Promise.reject(error))
      const matches = within(range)
      const passes = (object: KubeObject): boolean => matches(object.metadata.name!)
      for await (const batch of cache.watch(after, either, { passes, bookmarks: true })) {
        const events: Event[] = []
        let revision = after
        for (const event of batch) {
          revision = event.type === 'BOOKMARK' ? event.revision : event.item.revision
          if (event.type === 'BOOKMARK') continue
          const { key, value } = entryOf(event.item)
          const previous = before.get(event.item)
          events.push({ key, value: event.type === 'DELETED' ? undefined : value, previous, revision })
        }
        yield { revision, events }
      }
    },
    compact: upTo => storage.compact(upTo),
    async close() {
      closing.abort()
      await storage.close()
      await following
    },
  }
}
