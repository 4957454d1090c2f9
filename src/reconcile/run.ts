import { apiVersion, type Kind } from '#api/kind.ts'
import { type Key, type KubeObject, keyOf, keyText } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Cache } from '#cache/cache.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Caches } from './caches.ts'
import { type Cluster, cluster, inTerminatingNamespace, undeclared } from './cluster.ts'
import type { Controller } from './controller.ts'
import { recorder } from './events.ts'
import { controllerOf, refersTo } from './owners.ts'
import { Queue } from './queue.ts'

/** What every controller runs on. The caches must be run beside it. */
export interface Ground {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Log
}

/**
 * Runs a controller until the signal aborts.
 *
 * Guarantees: an object is worked on by one worker at a time; every object is looked at once at the start and after
 * everything that wakes it; a reconcile begins when the caches have seen what the previous reconcile of the same object
 * wrote (which is what upstream's expectations are for).
 */
export function runController(controller: Controller, ground: Ground): Component {
  return { name: controller.name, run: signal => new Running(controller, ground, signal).run() }
}

class Running {
  readonly #controller: Controller
  readonly #ground: Ground
  readonly #signal: AbortSignal
  readonly #queue: Queue<Key>
  readonly #caches = new Map<string, Cache<KubeObject>>()
  /** By object: how far each cache must have come before the object is looked at again. */
  readonly #written = new Map<string, Map<Cache<KubeObject>, number>>()
  readonly #events

  constructor(controller: Controller, ground: Ground, signal: AbortSignal) {
    this.#controller = controller
    this.#ground = ground
    this.#signal = signal
    this.#queue = new Queue(keyText, ground.clock)
    this.#events = recorder(ground.client, { component: controller.source ?? controller.name }, ground.clock, ground.log)
    const { of, owns = [], watches = [], needs = [] } = controller
    for (const kind of [of, ...owns, ...watches.map(({ kind }) => kind), ...needs])
      this.#caches.set(idOf(kind), ground.caches.of(kind))
  }

  async run(): Promise<void> {
    const signal = this.#signal
    const events = this.#events.run(signal)
    let stops: (() => void)[] = []
    try {
      await Promise.all([...this.#caches.values()].map(cache => cache.ready(signal)))
      stops = this.#listen()
      for (const object of this.#cacheOf(this.#controller.of).list()) this.#queue.add(keyOf(object))
      await Promise.all(Array.from({ length: this.#controller.workers ?? 5 }, () => this.#work()))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      for (const stop of stops) stop()
    }
    await events
  }

  /** Wakes whom news concern. */
  #listen(): (() => void)[] {
    const { of, owns = [], watches = [], changed } = this.#controller
    const reader = this.#clusterFor()
    const own = this.#cacheOf(of).subscribe((before, after) => {
      if (before && after && changed && !changed.call(this.#controller, before, after)) return
      this.#queue.add(keyOf((after ?? before)!))
    })
    const owned = owns.map(kind =>
      this.#cacheOf(kind).subscribe((before, after) => {
        const owner = before && this.#ownerOf(before)
        const now = after && this.#ownerOf(after)
        if (owner) this.#queue.add(owner)
        if (now && now.name !== owner?.name) this.#queue.add(now)
      }),
    )
    const watched = watches.map(watch =>
      this.#cacheOf(watch.kind).subscribe((before, after) => {
        if (before && after && watch.changed && !watch.changed(before, after)) return
        for (const object of [before, after]) if (object) for (const key of watch.wakes(object, reader)) this.#queue.add(key)
      }),
    )
    return [own, ...owned, ...watched]
  }

  /** Who controls an object, if it is one of ours. */
  #ownerOf(object: KubeObject): Key | undefined {
    const owner = controllerOf(object)
    if (!owner || !refersTo(owner, this.#controller.of)) return undefined
    const namespace = this.#controller.of.scope === 'Namespaced' ? (object.metadata.namespace ?? '') : ''
    return { namespace, name: owner.name }
  }

  async #work(): Promise<void> {
    for (let key: Key | undefined; (key = await this.#queue.take(this.#signal)); this.#rest(key)) {
      try {
        await this.#caughtUp(key)
        if (this.#signal.aborted) return
        await this.#reconcile(key)
      } catch (error) {
        if (this.#signal.aborted) return
        this.#complain(key, error)
        this.#queue.fail(key, this.#signal)
      }
    }
  }

  /** As long as a key is not done nobody takes it, and what wakes it gathers. */
  #rest(key: Key): void {
    const { restMs } = this.#controller
    if (!restMs) this.#queue.done(key)
    else void this.#ground.clock.sleep(restMs, this.#signal).then(() => this.#queue.done(key))
  }

  async #reconcile(key: Key): Promise<void> {
    const object = this.#cacheOf(this.#controller.of).get(key)?.object
    const again = object
      ? await this.#controller.reconcile(object, this.#clusterFor(key))
      : await this.#controller.gone?.(key, this.#clusterFor(key))
    this.#queue.forget(key)
    if (again) this.#queue.addAfter(key, again.afterMs, this.#signal)
  }

  /** Waits until the caches show what was written for this object. */
  async #caughtUp(key: Key): Promise<void> {
    const text = keyText(key)
    const written = this.#written.get(text)
    if (!written) return
    for (const [cache, revision] of written) await cache.reach(revision, this.#signal)
    this.#written.delete(text)
  }

  #complain(key: Key, error: unknown): void {
    const { name } = this.#controller
    const message = `${name}: ${keyText(key)}: ${error instanceof Error ? error.message : error}`
    const common = isReason(error, 'Conflict') || isReason(error, 'AlreadyExists') || isReason(error, 'NotFound')
    if (common || inTerminatingNamespace(error)) this.#ground.log.debug(message)
    else this.#ground.log.warn(message)
  }

  #clusterFor(key?: Key): Cluster {
    const { client, clock, log } = this.#ground
    return cluster({
      client,
      clock,
      log,
      signal: this.#signal,
      events: this.#events,
      cacheOf: kind => this.#cacheOf(kind),
      wrote: (kind, object) => {
        const cache = this.#caches.get(idOf(kind))
        const revision = Number(object.metadata.resourceVersion)
        if (!key || !cache || !revision) return
        const written = this.#written.get(keyText(key)) ?? new Map<Cache<KubeObject>, number>()
        written.set(cache, Math.max(written.get(cache) ?? 0, revision))
        this.#written.set(keyText(key), written)
      },
    })
  }

  #cacheOf<T extends KubeObject>(kind: Kind<T>): Cache<T> {
    const cache = this.#caches.get(idOf(kind))
    if (!cache) throw undeclared(kind, this.#controller.name)
    return cache as unknown as Cache<T>
  }
}

const idOf = (kind: Kind): string => `${apiVersion(kind)}/${kind.plural}`
