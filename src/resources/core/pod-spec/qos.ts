import type { PodSpec, ResourceRequirements } from '#api/core/v1.ts'
import { add, compare } from '#machinery/quantity.ts'

type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'
type Totals = Record<string, string>

const counted = ['cpu', 'memory']

/** How much a pod may rely on getting what it asked for: who asks for exactly their limit is guaranteed it. */
export function qosClass(spec: PodSpec): QosClass {
  const asked = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(each => each.resources ?? {})
  const requests: Totals = {}
  const limits: Totals = {}
  let allLimited = true
  for (const resources of asked) {
    sum(requests, resources.requests)
    const limited = sum(limits, resources.limits)
    if (limited < counted.length) allLimited = false
  }
  const names = Object.keys(requests)
  if (names.length === 0 && Object.keys(limits).length === 0) return 'BestEffort'
  const exact =
    names.length === Object.keys(limits).length &&
    names.every(name => name in limits && compare(requests[name]!, limits[name]!) === 0)
  return allLimited && exact ? 'Guaranteed' : 'Burstable'
}

/** Adds what is above zero to the totals; tells how many resources that were. */
function sum(totals: Totals, amounts: ResourceRequirements['requests'] = {}): number {
  const given = counted.filter(name => amounts[name] !== undefined && compare(amounts[name], '0') > 0)
  for (const name of given) totals[name] = add(totals[name] ?? '0', amounts[name]!)
  return given.length
}
