import type { Service, ServicePort, ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { cidr, ip } from '#machinery/ip.ts'
import { validateLabels } from '#machinery/metadata.ts'
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '#machinery/names.ts'
import { each, named, namedIfSet, oneOf, oneOfIfSet } from '#resources/checks.ts'
import { validateEndpointIp } from '#resources/core/endpoint-ip.ts'
import { protocols } from '#resources/core/pod-spec/ports.ts'
import { validatePort } from '#resources/core/pod-spec/probes.ts'
import { isExternallyAccessible, needsClusterIp, needsHealthCheck } from './defaults.ts'

const isHeadless = ({ clusterIPs = [] }: ServiceSpec): boolean => clusterIPs.length === 1 && clusterIPs[0] === 'None'

/** Says what is wrong with a service whose addresses and node ports are allocated. */
export function* validateService({ spec = {} }: Service): Generator<Cause> {
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') yield required('spec.ports')
  yield* validateByType(spec)
  yield* validatePorts(spec)
  yield* validateLabels(spec.selector, 'spec.selector')
  yield* validateAffinity(spec)
  if (spec.type !== 'ExternalName') yield* validateAddresses(spec)
  yield* each(spec.externalIPs, 'spec.externalIPs', (address, at) => validateEndpointIp(address, at))
  yield* oneOf(spec.type, 'spec.type', ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'])
  yield* validatePortUse(spec)
  yield* validateBalancing(spec)
  yield* validateTraffic(spec)
}

/** Says what of a service may not change as it did. */
export function* validateServiceUpdate({ spec = {} }: Service, { spec: before = {} }: Service): Generator<Cause> {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName' && !(isHeadless(spec) && isHeadless(before))) {
    yield* validateAddressChange(spec, before)
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before) && spec.healthCheckNodePort !== before.healthCheckNodePort) {
    yield forbidden('spec.healthCheckNodePort', 'field is immutable')
  }
}

function* validateAddressChange(
  { clusterIPs = [], ipFamilyPolicy }: ServiceSpec,
  { clusterIPs: before = [] }: ServiceSpec,
): Generator<Cause> {
  const kept = clusterIPs.length === before.length ? before.length : Math.min(clusterIPs.length, before.length, 1)
  for (let index = 0; index < kept; index++) {
    if (clusterIPs[index] !== before[index])
      yield invalidValue(`spec.clusterIPs[${index}]`, clusterIPs, 'may not change once set')
  }
  if (clusterIPs.length >= before.length) return
  if (clusterIPs.length === 0) yield invalidValue('spec.clusterIPs[0]', null, 'primary clusterIP can not be unset')
  if (clusterIPs.length === 1 && ipFamilyPolicy !== 'SingleStack') {
    yield invalidValue(
      'spec.ipFamilyPolicy',
      ipFamilyPolicy ?? null,
      "must be set to 'SingleStack' when releasing the secondary clusterIP",
    )
  }
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

function* validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): Generator<Cause> {
  yield* oneOf(sessionAffinity, 'spec.sessionAffinity', ['ClientIP', 'None'])
  const path = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None' && sessionAffinityConfig) yield forbidden(path, 'must not be set when session affinity is None')
  if (sessionAffinity !== 'ClientIP') return
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds === undefined) yield required(path, 'when session affinity type is ClientIP')
  else if (seconds <= 0 || seconds > 86400)
    yield invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400')
}

function* validateAddresses(spec: ServiceSpec): Generator<Cause> {
  const { clusterIP, clusterIPs = [], ipFamilies } = spec
  const path = 'spec.clusterIPs'
  if (!clusterIP) {
    if (clusterIPs.length) yield invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified')
  } else if (clusterIPs.length === 0) yield required(path)
  else if (clusterIPs[0] !== clusterIP) yield invalidValue(path, clusterIPs, 'first value must match `clusterIP`')
  const seen = new Set<string>()
  yield* each(ipFamilies, 'spec.ipFamilies', function* (family, at) {
    yield* oneOfIfSet(family, at, ['IPv4', 'IPv6'])
    if (seen.has(family)) yield duplicate(at, family)
    seen.add(family)
  })
  yield* oneOfIfSet(spec.ipFamilyPolicy, 'spec.ipFamilyPolicy', ['PreferDualStack', 'RequireDualStack', 'SingleStack'])
  if (clusterIPs[0] === 'None' && clusterIPs.length > 1)
    yield invalidValue(path, clusterIPs, "'None' must be the first and only value")
  yield* each(clusterIPs, path, function* (address, at, index) {
    if (index > 0 || address !== 'None') yield* invalidEach(at, address, ip(address))
  })
  if (clusterIPs.length > 2) yield invalidValue(path, clusterIPs, 'may only hold up to 2 values')
}

function* validateBalancing(spec: ServiceSpec): Generator<Cause> {
  const balanced = spec.type === 'LoadBalancer'
  const detail = "may only be used when `type` is 'LoadBalancer'"
  if (spec.loadBalancerSourceRanges?.length) {
    // Upstream writes this one field with a capital.
    if (!balanced) yield forbidden('spec.LoadBalancerSourceRanges', detail)
    yield* each(spec.loadBalancerSourceRanges, 'spec.LoadBalancerSourceRanges', (range, at) =>
      invalidEach(at, range.trim(), cidr(range.trim())),
    )
  }
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) yield forbidden('spec.allocateLoadBalancerNodePorts', detail)
  if (!balanced && spec.loadBalancerClass !== undefined) yield forbidden('spec.loadBalancerClass', detail)
  yield* namedIfSet(spec.loadBalancerClass, 'spec.loadBalancerClass', qualifiedName)
}

function* validateTraffic(spec: ServiceSpec): Generator<Cause> {
  if (isExternallyAccessible(spec)) yield* oneOf(spec.externalTrafficPolicy, 'spec.externalTrafficPolicy', ['Cluster', 'Local'])
  else if (spec.externalTrafficPolicy) {
    yield invalidValue(
      'spec.externalTrafficPolicy',
      spec.externalTrafficPolicy,
      'may only be set for externally-accessible services',
    )
  }
  if (!needsHealthCheck(spec) && spec.healthCheckNodePort) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    yield invalidValue('spec.healthCheckNodePort', spec.healthCheckNodePort, detail)
  }
  if (needsClusterIp(spec)) yield* oneOf(spec.internalTrafficPolicy, 'spec.internalTrafficPolicy', ['Cluster', 'Local'])
  yield* oneOfIfSet(spec.trafficDistribution, 'spec.trafficDistribution', ['PreferClose', 'PreferSameNode', 'PreferSameZone'])
}
