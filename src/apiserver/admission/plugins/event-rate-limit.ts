import { Event } from '#api/core/v1.ts'
import { StatusError } from '#api/status.ts'
import { type Admission, about, type Review } from '#apiserver/admission/admission.ts'
import type { Clock } from '#machinery/clock.ts'
import { isRecord } from '#machinery/clone.ts'

/** How many Events may come: of all, or of each of what its type says. */
interface Limit {
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject'
  readonly qps: number
  readonly burst: number
  readonly cacheSize: number
}

const group = 'eventratelimit.admission.k8s.io'
const defaultCacheSize = 4096

/** No flood of Events: so many in a second, altogether or of each namespace, user or source (upstream: EventRateLimit). Throws for a configuration that makes no sense. */
export function eventRateLimit(clock: Clock, configuration: unknown): Admission {
  const limiters = limitsOf(configuration).map(limit => new Limiter(limit, clock))
  return {
    name: 'EventRateLimit',
    concerns: about([Event]),
    validate(review) {
      if (review.dryRun) return
      // Every limiter counts, also where another has refused already.
      const refusals = limiters.filter(limiter => !limiter.takes(review))
      if (refusals.length > 0)
        throw new StatusError(
          'TooManyRequests',
          `limit reached on type ${refusals[0]!.type} for key ${refusals[0]!.keyOf(review)}`,
        )
    },
  }
}

/** Buckets of tokens that fill up with time, the longest unused forgotten. */
class Limiter {
  readonly type: Limit['type']
  readonly #limit: Limit
  readonly #clock: Clock
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(limit: Limit, clock: Clock) {
    this.type = limit.type
    this.#limit = limit
    this.#clock = clock
  }

  takes(review: Review): boolean {
    const { qps, burst, cacheSize } = this.#limit
    const key = this.keyOf(review)
    const now = this.#clock.now().getTime()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const filled = Math.min(burst, tokens + ((now - at) / 1000) * qps)
    this.#buckets.delete(key)
    if (this.#buckets.size >= cacheSize) this.#buckets.delete(this.#buckets.keys().next().value!)
    this.#buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now })
    return filled >= 1
  }

  keyOf({ key, user, object }: Review): string {
    if (this.type === 'Namespace') return key.namespace
    if (this.type === 'User') return user.name
    if (this.type === 'Server') return ''
    const { source, involvedObject } = object as Event
    const { kind, namespace, name, uid, apiVersion } = involvedObject ?? {}
    return [source?.component, source?.host, kind, namespace, name, uid, apiVersion].map(part => part ?? '').join('')
  }
}

function limitsOf(configuration: unknown): readonly Limit[] {
  if (configuration === undefined) return []
  if (!isRecord(configuration) || configuration.kind !== 'Configuration' || configuration.apiVersion !== `${group}/v1alpha1`)
    throw new Error(`the configuration must be a Configuration of ${group}/v1alpha1`)
  const limits = configuration.limits
  if (!Array.isArray(limits) || limits.length === 0)
    throw new Error('limits: Invalid value: "[]": must provide at least one limit')
  return limits.map((limit: Partial<Limit>, index) => {
    const { type, qps = 0, burst = 0, cacheSize = 0 } = limit ?? {}
    const at = `limits[${index}]`
    if (type !== 'Server' && type !== 'Namespace' && type !== 'User' && type !== 'SourceAndObject')
      throw new Error(
        `${at}.type: Unsupported value: "${type}": supported values: "Namespace", "Server", "SourceAndObject", "User"`,
      )
    if (!(qps > 0)) throw new Error(`${at}.qps: Invalid value: ${qps}: must be positive`)
    if (!(burst > 0)) throw new Error(`${at}.burst: Invalid value: ${burst}: must be positive`)
    if (cacheSize < 0) throw new Error(`${at}.cacheSize: Invalid value: ${cacheSize}: must not be negative`)
    return { type, qps, burst, cacheSize: cacheSize || defaultCacheSize }
  })
}
