import type { Service, ServicePort } from '#api/core/v1.ts'
import type { EndpointSlice } from '#api/discovery/v1.ts'
import { type Backends, backendsOf, type Here } from './endpoints.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** Where traffic to one service port goes: plain data, and all that a dataplane needs to know. */
export interface Rule extends Backends {
  /** `default/web:http`, or `default/web` for a port without a name. */
  readonly name: string
  readonly protocol: Protocol
  readonly clusterIp: string
  readonly port: number
  /** The port of every node, if it has one. */
  readonly nodePort?: number
  readonly externalIps: readonly string[]
  readonly loadBalancerIps: readonly string[]
  /** Who may come in through the load balancer's addresses; nobody named means everybody. */
  readonly sourceRanges: readonly string[]
  /** A client sticks to its backend for so long after its last packet; undefined: not at all. */
  readonly affinitySeconds?: number
  /** Traffic to the cluster IP stays on this machine. */
  readonly internalLocal: boolean
  /** Traffic from outside the cluster stays on this machine. */
  readonly externalLocal: boolean
}

const defaultAffinitySeconds = 10_800

/** The rules of a service, one a port. A headless or external one, or one that another proxy cares for, has none. */
export function rulesOf(service: Service, slices: readonly EndpointSlice[], here: Here): Rule[] {
  const { metadata, spec, status } = service
  const clusterIp = (spec.clusterIPs ?? [spec.clusterIP ?? '']).find(isIpv4)
  if (!clusterIp || spec.type === 'ExternalName' || metadata.labels?.['service.kubernetes.io/service-proxy-name']) return []
  const ingress = (status?.loadBalancer?.ingress ?? []).filter(({ ipMode }) => ipMode !== 'Proxy').map(({ ip }) => ip ?? '')
  const shared = {
    clusterIp,
    externalIps: (spec.externalIPs ?? []).filter(isIpv4),
    loadBalancerIps: ingress.filter(isIpv4),
    sourceRanges: (spec.loadBalancerSourceRanges ?? []).map(range => range.trim()).filter(isIpv4),
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    ...(spec.sessionAffinity === 'ClientIP' && {
      affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds,
    }),
  }
  return (spec.ports ?? []).map(port => ({
    ...shared,
    ...portOf(service, port),
    ...backendsOf(slices, port.name ?? '', port.protocol ?? 'TCP', here),
  }))
}

const portOf = ({ metadata }: Service, { name, port, nodePort, protocol = 'TCP' }: ServicePort) => ({
  name: `${metadata.namespace}/${metadata.name}${name ? `:${name}` : ''}`,
  protocol: protocol.toLowerCase() as Protocol,
  port,
  ...(nodePort && { nodePort }),
})

const isIpv4 = (address: string): boolean => address.includes('.') && !address.includes(':')
