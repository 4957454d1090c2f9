import { Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import { keyOf, keyText } from '#api/object.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Caches } from '#reconcile/caches.ts'
import type { Changes, Dataplane } from './dataplane.ts'
import type { Here } from './endpoints.ts'
import { type Rule, rulesOf } from './rules.ts'

export interface ProxyOptions {
  /** Followed by whoever made them. */
  readonly caches: Pick<Caches, 'of' | 'ready'>
  readonly clock: Clock
  readonly log: Log
  readonly here: Here
  readonly dataplanes: readonly Dataplane[]
  /** Takes everything back when it stops. Upstream's leaves the rules, so that a restart disturbs nobody. */
  readonly removeAtStop?: boolean
}

/** Changes come in flocks; so long we wait for the rest of one, ms. */
const gatherMs = 20
const retryMs = 1000

/** Sends traffic for services to their endpoints. A change costs only the services it touches. */
export function kubeProxy(options: ProxyOptions): Component {
  return { name: 'kube-proxy', run: signal => new KubeProxy(options).run(signal) }
}

class KubeProxy {
  readonly #options: ProxyOptions
  readonly #services: Map<string, Service> = new Map()
  /** The slices of each service, by their own key. */
  readonly #slices: Map<string, Map<string, EndpointSlice>> = new Map()
  readonly #changed: Set<string> = new Set()
  #news = new AbortController()

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    const { caches, removeAtStop, dataplanes } = this.#options
    const services = caches.of(Service)
    const slices = caches.of(EndpointSlice)
    try {
      await caches.ready(signal)
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
    for (const service of services.list()) this.#service(undefined, service)
    for (const slice of slices.list()) this.#slice(undefined, slice)
    const stops = [
      services.subscribe((before, after) => this.#service(before, after)),
      slices.subscribe((before, after) => this.#slice(before, after)),
    ]
    const stop = (): void => this.#news.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (dataplanes.length === 0) await this.#options.clock.sleep(2 ** 31 - 1, signal)
      else await this.#loop(signal)
    } finally {
      for (const unsubscribe of stops) unsubscribe()
      signal.removeEventListener('abort', stop)
      if (removeAtStop) await Promise.all(dataplanes.map(each => each.remove()))
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    this.#news = new AbortController()
    let settled = await this.#program()
    while (!signal.aborted) {
      await this.#options.clock.sleep(settled ? 2 ** 31 - 1 : retryMs, this.#news.signal)
      await this.#options.clock.sleep(gatherMs, signal)
      if (signal.aborted) return
      this.#news = new AbortController()
      settled = await this.#program()
    }
  }

  /** Tells every dataplane what changed. A failure of one does not keep the others from it. */
  async #program(): Promise<boolean> {
    const changes: Changes = new Map([...this.#changed].map(key => [key, this.#rules(key)]))
    this.#changed.clear()
    const outcomes = await Promise.allSettled(this.#options.dataplanes.map(each => each.program(changes)))
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue
      this.#options.log.error(`cannot program ${this.#options.dataplanes[at]!.name}; trying again`, { error: outcome.reason })
    }
    return outcomes.every(({ status }) => status === 'fulfilled')
  }

  #rules(key: string): Rule[] {
    const service = this.#services.get(key)
    return service ? rulesOf(service, [...(this.#slices.get(key)?.values() ?? [])], this.#options.here) : []
  }

  #service(before: Service | undefined, after: Service | undefined): void {
    const key = keyText(keyOf((after ?? before)!))
    if (after) this.#services.set(key, after)
    else this.#services.delete(key)
    this.#touch(key)
  }

  #slice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    for (const slice of [before, after]) {
      const service = slice?.metadata.labels?.['kubernetes.io/service-name']
      if (!service) continue
      const key = keyText({ namespace: slice.metadata.namespace ?? '', name: service })
      const own = this.#slices.get(key) ?? new Map<string, EndpointSlice>()
      if (slice === after) own.set(slice.metadata.name!, slice)
      else own.delete(slice.metadata.name!)
      if (own.size > 0) this.#slices.set(key, own)
      else this.#slices.delete(key)
      this.#touch(key)
    }
  }

  #touch(key: string): void {
    this.#changed.add(key)
    this.#news.abort()
  }
}
