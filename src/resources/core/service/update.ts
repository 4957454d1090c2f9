import type { Service, ServiceSpec } from '#api/core/v1.ts'
import { equal } from '#machinery/equality.ts'
import { needsClusterIp, needsHealthCheck, needsNodePort } from '#machinery/service/needs.ts'
import { isExternallyAccessible } from './defaults.ts'

/**
 * Keeps what was allocated to a service where an update leaves it out, and drops it where
 * the new type has no use for it: clients write what they know, not what they were given.
 */
export function keepAllocated({ spec = {} }: Service, { spec: before = {} }: Service): void {
  keepAddresses(spec, before)
  if (needsNodePort(spec) && needsNodePort(before)) keepNodePorts(spec, before)
  if (needsHealthCheck(spec) && needsHealthCheck(before)) {
    if (before.healthCheckNodePort) spec.healthCheckNodePort ||= before.healthCheckNodePort
  }
  dropUseless(spec, before)
}

function keepAddresses(spec: ServiceSpec, before: ServiceSpec): void {
  if (!needsClusterIp(spec) || !needsClusterIp(before)) return
  if (!spec.clusterIP && !spec.clusterIPs?.length && before.clusterIP) spec.clusterIP = before.clusterIP
  // `clusterIP` and the first of `clusterIPs` are one field with two names: who changes one means both.
  const changed = spec.clusterIP !== before.clusterIP
  if (!spec.clusterIPs?.length) {
    if (!changed && before.clusterIPs) spec.clusterIPs = [...before.clusterIPs]
    else if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
  } else if (!spec.clusterIP) spec.clusterIP = spec.clusterIPs[0]!
  else if (changed && equal(spec.clusterIPs, before.clusterIPs)) spec.clusterIPs = [spec.clusterIP]
  if (!spec.ipFamilies?.length && before.ipFamilies) spec.ipFamilies = [...before.ipFamilies]
  if (before.ipFamilyPolicy) spec.ipFamilyPolicy ??= before.ipFamilyPolicy
}

function keepNodePorts(spec: ServiceSpec, before: ServiceSpec): void {
  const allocated = new Map((before.ports ?? []).map(port => [`${port.port}/${port.protocol}`, port.nodePort]))
  const taken = new Set((spec.ports ?? []).map(port => port.nodePort))
  for (const port of spec.ports ?? []) {
    const nodePort = allocated.get(`${port.port}/${port.protocol}`)
    if (nodePort && !port.nodePort && !taken.has(nodePort)) port.nodePort = nodePort
  }
}

function dropUseless(spec: ServiceSpec, before: ServiceSpec): void {
  const drop = (field: keyof ServiceSpec) => {
    if (equal(spec[field], before[field])) delete spec[field]
  }
  if (needsClusterIp(before) && !needsClusterIp(spec)) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) drop(field)
  }
  if (needsNodePort(before) && !needsNodePort(spec)) {
    const old = new Set((before.ports ?? []).map(port => port.nodePort))
    if ((spec.ports ?? []).every(port => !port.nodePort || old.has(port.nodePort)))
      for (const port of spec.ports ?? []) delete port.nodePort
  }
  if (needsHealthCheck(before) && !needsHealthCheck(spec)) drop('healthCheckNodePort')
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts')
    drop('loadBalancerClass')
  }
  if (isExternallyAccessible(before) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy')
}
