import type { Event } from '#api/core/v1.ts'
import { timestamp } from '#machinery/time.ts'

/** What to do with an event that was reported: write it anew, or say that one already written happened again. */
export type Correlated = { readonly create: Event; readonly key: string } | { readonly again: Event; readonly key: string }

interface Series {
  readonly messages: Set<string>
  last: number
}

interface Bucket {
  tokens: number
  filled: number
}

/** Upstream's figures (client-go tools/record). */
const remembered = 4096
const burst = 25
const refillPerMs = 1 / 300_000
const similar = 10
const similarForMs = 600_000

/**
 * Decides how a stream of events is written, as upstream's correlator does: an event seen before is counted up; the
 * tenth and later ones that differ only in their message, within ten minutes, become one that stands for them all; and
 * a source that has much to say about one object is cut short.
 */
export class Correlator {
  readonly #buckets = new Map<string, Bucket>()
  readonly #series = new Map<string, Series>()
  readonly #written = new Map<string, Event>()

  /** Undefined: too many, say nothing. */
  correlate(reported: Event, now: Date): Correlated | undefined {
    const about = aboutOf(reported)
    if (!this.#mayPass(`${about}/${reported.type}`, now.getTime())) return undefined
    const { event, key } = this.#combine(reported, `${about}/${reported.type}/${reported.reason}`, now.getTime())
    const before = this.#written.get(key)
    if (!before) {
      remember(this.#written, key, event)
      return { create: event, key }
    }
    const again = { ...before, message: event.message, count: (before.count ?? 1) + 1, lastTimestamp: timestamp(now) }
    remember(this.#written, key, again as Event)
    return { again: again as Event, key }
  }

  /** The event that stood under a key is gone: the next one is written anew. */
  forget(key: string): void {
    this.#written.delete(key)
  }

  #mayPass(source: string, now: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: burst, filled: now }
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.filled) * refillPerMs)
    const passes = tokens >= 1
    remember(this.#buckets, source, { tokens: passes ? tokens - 1 : tokens, filled: now })
    return passes
  }

  #combine(event: Event, group: string, now: number): { event: Event; key: string } {
    const known = this.#series.get(group)
    const series = known && now - known.last <= similarForMs ? known : { messages: new Set<string>(), last: now }
    series.messages.add(event.message ?? '')
    series.last = now
    remember(this.#series, group, series)
    if (series.messages.size < similar) return { event, key: `${group}/${event.involvedObject.fieldPath ?? ''}/${event.message}` }
    for (const oldest of series.messages) {
      series.messages.delete(oldest)
      break
    }
    return { event: { ...event, message: `(combined from similar events): ${event.message}` }, key: group }
  }
}

function aboutOf({ involvedObject: { kind, namespace, name, uid, apiVersion }, source }: Event): string {
  return [source?.component, source?.host, apiVersion, kind, namespace, name, uid].join('/')
}

/** Puts an entry last, and forgets the one that has been left alone longest once there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= remembered) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
