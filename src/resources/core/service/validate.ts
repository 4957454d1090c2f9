import type { Service, ServicePort, ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { cidr, ip } from '#machinery/ip.ts'
import { validateLabels } from '#machinery/metadata.ts'
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '#machinery/names.ts'
import { validateAddresses } from '#machinery/service/addresses.ts'
import { needsClusterIp, needsHealthCheck } from '#machinery/service/needs.ts'
import { each, named, namedIfSet, oneOf, oneOfIfSet } from '#resources/checks.ts'
import { validateSpecialIp } from '#resources/core/endpoint-ip.ts'
import { protocols } from '#resources/core/pod-spec/ports.ts'
import { validatePort } from '#resources/core/pod-spec/probes.ts'
import { isExternallyAccessible } from './defaults.ts'

/** Whether a service has no address on purpose. */
export const isHeadless = ({ clusterIPs = [] }: ServiceSpec): boolean => clusterIPs.length === 1 && clusterIPs[0] === 'None'

const topologyMode = 'service.kubernetes.io/topology-mode'
const topologyHints = 'service.kubernetes.io/topology-aware-hints'
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** Says what is wrong with a service whose addresses and node ports are allocated. Addresses that it had before are taken as they are. */
export function* validateService({ metadata, spec = {} }: Service, before?: Service): Generator<Cause> {
  const { [topologyMode]: mode, [topologyHints]: hints } = metadata.annotations ?? {}
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    const detail = `must match annotations[${topologyHints}] when both are specified`
    yield invalidValue(`metadata.annotations[${topologyMode}]`, mode, detail)
  }
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') yield required('spec.ports')
  yield* validateByType(spec)
  yield* validatePorts(spec)
  yield* validateLabels(spec.selector, 'spec.selector')
  yield* validateAffinity(spec)
  if (spec.type !== 'ExternalName') yield* validateAddresses(spec, before?.spec?.clusterIPs)
  yield* each(spec.externalIPs, 'spec.externalIPs', function* (address, at) {
    const problems = before?.spec?.externalIPs?.includes(address) ? [] : ip(address)
    yield* problems.length ? invalidEach(at, address, problems) : validateSpecialIp(address, at)
  })
  yield* oneOf(spec.type, 'spec.type', ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'])
  yield* validatePortUse(spec)
  yield* validateSourceRanges(metadata.annotations?.[sourceRanges], spec, before)
  yield* validateBalancing(spec)
  yield* validateTraffic(spec)
}

function* validateByType(spec: ServiceSpec): Generator<Cause> {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    yield invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)
  }
  if (spec.type !== 'ExternalName') return
  const detail = 'may not be set for ExternalName services'
  if (spec.clusterIPs?.length) yield forbidden('spec.clusterIPs', detail)
  if (spec.ipFamilies?.length) yield forbidden('spec.ipFamilies', detail)
  if (spec.ipFamilyPolicy) yield forbidden('spec.ipFamilyPolicy', detail)
  yield* named(spec.externalName?.replace(/\.$/, ''), 'spec.externalName', dns1123Subdomain)
}

function* validatePorts({ ports = [] }: ServiceSpec): Generator<Cause> {
  const names = new Set<string>()
  yield* each(ports, 'spec.ports', function* (port, at) {
    if (ports.length > 1) yield* named(port.name, `${at}.name`, dns1123Label)
    else yield* namedIfSet(port.name, `${at}.name`, dns1123Label)
    if (port.name && names.has(port.name)) yield duplicate(`${at}.name`, port.name)
    if (port.name) names.add(port.name)
    yield* invalidEach(`${at}.port`, port.port ?? 0, portNumber(port.port ?? 0))
    yield* oneOf(port.protocol, `${at}.protocol`, protocols)
    yield* validatePort(port.targetPort, `${at}.targetPort`)
    if (port.appProtocol !== undefined) yield* invalidEach(`${at}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol))
  })
}

function* validatePortUse({ type, ports = [] }: ServiceSpec): Generator<Cause> {
  const nodePorts = new Set<string>()
  const seen = new Set<string>()
  if (type === 'ClusterIP') {
    yield* each(ports, 'spec.ports', function* ({ nodePort }, at) {
      if (nodePort) yield forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")
    })
  }
  yield* each(ports, 'spec.ports', function* ({ nodePort, protocol }, at) {
    if (nodePort && nodePorts.has(`${nodePort}/${protocol}`)) yield duplicate(`${at}.nodePort`, nodePort)
    nodePorts.add(`${nodePort}/${protocol}`)
  })
  yield* each(ports, 'spec.ports', function* (port, at) {
    const id = `${port.port}/${port.protocol}`
    if (seen.has(id)) yield duplicate(at, printed(port))
    seen.add(id)
  })
}

/** A port as upstream prints the key by which it found two alike: its own struct, by its Go names. */
const printed = ({ protocol, port }: ServicePort) => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
})

function* validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): Generator<Cause> {
  yield* oneOf(sessionAffinity, 'spec.sessionAffinity', ['ClientIP', 'None'])
  const path = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None' && config) yield forbidden(path, 'must not be set when session affinity is None')
  if (sessionAffinity !== 'ClientIP') return
  const detail = 'when session affinity type is ClientIP'
  const seconds = config?.clientIP?.timeoutSeconds
  if (!config) yield required(path, detail)
  else if (!config.clientIP) yield required(`${path}.clientIP`, detail)
  else if (seconds === undefined) yield required(`${path}.clientIP.timeoutSeconds`, detail)
  else if (seconds <= 0 || seconds > 86400)
    yield invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400')
}

function* validateSourceRanges(
  annotation: string | undefined,
  { type, loadBalancerSourceRanges: ranges = [] }: ServiceSpec,
  before: Service | undefined,
): Generator<Cause> {
  const detail = "may only be used when `type` is 'LoadBalancer'"
  if (ranges.length) {
    // Upstream writes this one field with a capital.
    const path = 'spec.LoadBalancerSourceRanges'
    if (type !== 'LoadBalancer') yield forbidden(path, detail)
    const known = new Set(before?.spec?.loadBalancerSourceRanges?.map(range => range.trim()))
    yield* each(ranges, path, function* (text, at) {
      const range = text.trim()
      if (!known.has(range)) yield* invalidEach(at, range, cidr(range))
    })
  } else if (annotation !== undefined) {
    const path = `metadata.annotations[${sourceRanges}]`
    if (type !== 'LoadBalancer') yield forbidden(path, detail)
    if (annotation === before?.metadata.annotations?.[sourceRanges] || !annotation.trim()) return
    for (const range of annotation.split(',').map(part => part.trim())) yield* invalidEach(path, range, cidr(range))
  }
}

function* validateBalancing(spec: ServiceSpec): Generator<Cause> {
  const balanced = spec.type === 'LoadBalancer'
  const detail = "may only be used when `type` is 'LoadBalancer'"
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) yield forbidden('spec.allocateLoadBalancerNodePorts', detail)
  // The path is upstream's.
  if (balanced && spec.allocateLoadBalancerNodePorts === undefined) yield required('allocateLoadBalancerNodePorts')
  yield* validateBalancerClass(spec)
}

/** Checks which load balancer a service wants. */
export function* validateBalancerClass({ type, loadBalancerClass }: ServiceSpec): Generator<Cause> {
  const path = 'spec.loadBalancerClass'
  if (loadBalancerClass === undefined) return
  if (type === 'LoadBalancer') yield* invalidEach(path, loadBalancerClass, qualifiedName(loadBalancerClass))
  else yield forbidden(path, "may only be used when `type` is 'LoadBalancer'")
}

function* validateTraffic(spec: ServiceSpec): Generator<Cause> {
  if (isExternallyAccessible(spec)) yield* oneOf(spec.externalTrafficPolicy, 'spec.externalTrafficPolicy', ['Cluster', 'Local'])
  else if (spec.externalTrafficPolicy) {
    const detail = 'may only be set for externally-accessible services'
    yield invalidValue('spec.externalTrafficPolicy', spec.externalTrafficPolicy, detail)
  }
  const { healthCheckNodePort: port = 0 } = spec
  if (needsHealthCheck(spec)) {
    if (port) yield* invalidEach('spec.healthCheckNodePort', port, portNumber(port))
  } else if (port) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    yield invalidValue('spec.healthCheckNodePort', port, detail)
  }
  const internal = spec.internalTrafficPolicy
  if (internal === undefined && needsClusterIp(spec)) yield required('spec.internalTrafficPolicy')
  yield* oneOfIfSet(internal, 'spec.internalTrafficPolicy', ['Cluster', 'Local'])
  yield* oneOfIfSet(spec.trafficDistribution, 'spec.trafficDistribution', ['PreferClose', 'PreferSameZone', 'PreferSameNode'])
}
