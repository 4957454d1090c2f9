import type { Key, KubeObject } from '#api/object.ts'
import { Cache, type CacheOptions, type Feed, type Item, type News, type WatchEvent, type WatchOptions } from './cache.ts'

/** What the tests of this folder cache: objects, feeds of them, and short ways to write down what came out. */
export interface Thing extends KubeObject {
  tier?: string
}

export const item = (path: string, revision: number, tier?: string): Item<Thing> => {
  const [namespace, name] = path.split('/') as [string, string]
  const metadata = { name, ...(namespace && { namespace }), resourceVersion: String(revision) }
  return { object: { apiVersion: 'v1', kind: 'Thing', metadata, ...(tier && { tier }) }, revision }
}
export const key = (path: string): Key => ({ namespace: path.split('/')[0]!, name: path.split('/')[1]! })
export const reset = (revision: number, ...items: Item<Thing>[]): News<Thing> => ({ type: 'reset', items, revision })
export const put = (path: string, revision: number, tier?: string): News<Thing> => ({
  type: 'put',
  item: item(path, revision, tier),
})
export const gone = (path: string, revision: number): News<Thing> => ({ type: 'delete', key: key(path), revision })
export const reached = (revision: number): News<Thing> => ({ type: 'reached', revision })
export const feed = (...news: News<Thing>[]): Feed<Thing> =>
  async function* () {
    yield* news
  }
export const never = new AbortController().signal
export const turn = (): Promise<unknown> => new Promise(setImmediate)

export async function filled(options: CacheOptions<Thing>, ...news: News<Thing>[]): Promise<Cache<Thing>> {
  const cache = new Cache<Thing>({ freeze: true, ...options })
  await cache.follow(feed(...news), never)
  return cache
}
export const names = (objects: readonly Thing[]): string[] =>
  objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
export const shown = (events: readonly WatchEvent<Thing>[]): string[] =>
  events.map(event =>
    event.type === 'BOOKMARK'
      ? `BOOKMARK ${event.revision}`
      : `${event.type} ${names([event.item.object])[0]} ${event.item.revision}`,
  )
/** What there is to tell now, without waiting for more. */
export async function told(cache: Cache<Thing>, after: number, options?: WatchOptions<Thing>): Promise<string[]> {
  const stop = new AbortController()
  const events: WatchEvent<Thing>[] = []
  const watching = (async () => {
    for await (const batch of cache.watch(after, stop.signal, options)) events.push(...batch)
  })()
  await Promise.all([watching, turn().then(() => stop.abort())])
  return shown(events)
}
