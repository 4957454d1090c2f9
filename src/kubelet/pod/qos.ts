import type { Pod } from '#api/core/v1.ts'
import { compare, milli } from '#machinery/quantity.ts'

/** A pod's quality of service: Guaranteed where each container's limits and requests are equal, BestEffort where there are none. */
export function qosOf({ spec }: Readonly<Pod>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let hasAny = false
  let isGuaranteed = true
  for (const { resources } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const name of ['cpu', 'memory'] as const) {
      const limit = resources?.limits?.[name]
      const request = resources?.requests?.[name] ?? limit
      hasAny ||= [limit, request].some(each => each !== undefined && milli(each) > 0)
      isGuaranteed &&= limit !== undefined && milli(limit) > 0 && compare(limit, request!) === 0
    }
  }
  return hasAny ? (isGuaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort'
}
