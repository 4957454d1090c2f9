import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { Cache } from '#cache/cache.ts'
import type { Client, ListWhere } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { controllerOf } from './owners.ts'

/**
 * One cache a kind for a whole process, shared by whoever asks (upstream: shared informers). A cache is followed from
 * when it is first asked for, once `run` has been called. Indexes of every cache: `owner` (the uid of each
 * ownerReference), `controller` (the uid of the controlling one, or for what nobody controls `orphansOf` its namespace);
 * of pods also `node` (spec.nodeName).
 */
export class Caches implements Component {
  readonly name = 'caches'
  readonly #client: Client
  readonly #clock: Clock
  readonly #log: Log
  readonly #followed = new Map<string, Followed>()
  /** Follows a cache while running; otherwise it waits for the next run. */
  #begin: ((follow: Followed['follow']) => void) | undefined

  constructor(client: Client, clock: Clock, log: Log) {
    this.#client = client
    this.#clock = clock
    this.#log = log
  }

  /** The cache of a kind, or of a part of it. Empty until its `ready`. */
  of<T extends KubeObject>(kind: Kind<T>, where: ListWhere = {}): Cache<T> {
    const id = `${apiVersion(kind)}/${kind.plural}?${JSON.stringify(where)}`
    const known = this.#followed.get(id)
    if (known) return known.cache as unknown as Cache<T>
    const cache = new Cache<T>({ indexes })
    const feed = this.#client.feed(kind, where, { clock: this.#clock, log: this.#log })
    const follow = (signal: AbortSignal): Promise<void> => cache.follow(feed, signal)
    this.#followed.set(id, { cache: cache as unknown as Cache<KubeObject>, follow })
    this.#begin?.(follow)
    return cache
  }

  /** Resolves when every cache asked for so far holds the present. */
  async ready(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ cache }) => cache.ready(signal)))
  }

  /** Follows what was asked for and what will be. May be run again once it has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { promise: stopped, resolve, reject } = Promise.withResolvers<void>()
    const running: Promise<void>[] = []
    this.#begin = follow => void running.push(follow(signal).catch(reject))
    for (const { follow } of this.#followed.values()) this.#begin(follow)
    const stop = (): void => resolve()
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    try {
      await stopped
      await Promise.all(running)
    } finally {
      this.#begin = undefined
      signal.removeEventListener('abort', stop)
    }
  }
}

/** A cache, and how to fill it. */
interface Followed {
  readonly cache: Cache<KubeObject>
  readonly follow: (signal: AbortSignal) => Promise<void>
}

/** Where the index `controller` lists what nobody controls. */
export const orphansOf = (namespace = ''): string => `orphans/${namespace}`

const indexes = {
  owner: (object: KubeObject): string[] => object.metadata.ownerReferences?.map(({ uid }) => uid) ?? [],
  controller: (object: KubeObject): string[] => {
    const reference = controllerOf(object)
    return [reference ? reference.uid : orphansOf(object.metadata.namespace)]
  },
  node: (object: KubeObject): string[] => {
    const node = (object as { spec?: { nodeName?: string } }).spec?.nodeName
    return node ? [node] : []
  },
}
