import type { Service } from '#api/core/v1.ts'
import { warnOfCidr, warnOfIp } from '#machinery/ip.ts'

const hints = 'service.kubernetes.io/topology-aware-hints'

/** What is odd, though not wrong, about a service (upstream: pkg/api/service/warnings.go). */
export function* warnOfService({ metadata, spec = {} }: Service): Generator<string> {
  if (metadata.annotations?.[hints] !== undefined)
    yield `annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`
  const { type, clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP } = spec
  if (clusterIP && clusterIP !== 'None')
    for (const [index, address] of clusterIPs.entries()) yield* warnOfIp(address, `spec.clusterIPs[${index}]`)
  if (type === 'ClusterIP' && clusterIP === 'None') {
    if (loadBalancerIP) yield 'spec.loadBalancerIP is ignored for headless services'
    if (externalIPs.length) yield 'spec.externalIPs is ignored for headless services'
    if (spec.sessionAffinity) yield 'spec.SessionAffinity is ignored for headless services'
  }
  for (const [index, address] of externalIPs.entries()) yield* warnOfIp(address, `spec.externalIPs[${index}]`)
  if (loadBalancerIP) yield* warnOfIp(loadBalancerIP, 'spec.loadBalancerIP')
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries())
    yield* warnOfCidr(range, `spec.loadBalancerSourceRanges[${index}]`)
  if (type === 'ExternalName' && externalIPs.length) yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
  if (type !== 'ExternalName' && spec.externalName) yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
}
