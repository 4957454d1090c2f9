import type { ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { type Family, familyOf, validateAddresses } from '#machinery/service/addresses.ts'
import { needsClusterIp } from '#machinery/service/needs.ts'

const policyPath = 'spec.ipFamilyPolicy'

/**
 * Settles in place which families a Service has addresses of, and says why it cannot have those it asks for, given the families of
 * the cluster, the default first (upstream: initIPFamilyFields in registry/core/service/storage/alloc.go).
 */
export function settleFamilies(spec: ServiceSpec, before: ServiceSpec | undefined, known: readonly Family[]): Cause[] {
  if (spec.type === 'ExternalName' || isSettled(spec, before)) return []
  const isOpen = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isOpen ? 'RequireDualStack' : 'SingleStack')
  const malformed = [...validateAddresses(spec, before?.clusterIPs)]
  if (malformed.length > 0) return malformed
  const wrong = [...(before ? reduce(spec, before) : []), ...checkPolicy(spec), ...inferFamilies(spec, known)]
  if (wrong.length > 0) return wrong
  // Who has neither addresses nor pods of their own may be of any family.
  if (!isOpen) {
    const unknown = [...checkFamilies(spec, known)]
    if (unknown.length > 0) return unknown
  }
  if (!spec.ipFamilies?.length) spec.ipFamilies = [known[0]!]
  const isDual = spec.ipFamilyPolicy !== 'SingleStack' && (isOpen || known.length === 2)
  if (isDual && spec.ipFamilies.length === 1) spec.ipFamilies.push(spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4')
  return []
}

/** A Service that prefers two families stays as it is until it says otherwise, whatever became of the cluster meanwhile. */
export const isSettled = (spec: ServiceSpec, before: ServiceSpec | undefined): boolean =>
  before !== undefined &&
  before.type === spec.type &&
  needsClusterIp(spec) &&
  spec.ipFamilyPolicy === 'PreferDualStack' &&
  (before.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
  equal(spec.clusterIPs ?? [], before.clusterIPs ?? []) &&
  equal(spec.ipFamilies ?? [], before.ipFamilies ?? [])

/** An update to one family lets go of the second; whoever lets go of it must say so. */
function* reduce(spec: ServiceSpec, before: ServiceSpec): Generator<Cause> {
  const policy = spec.ipFamilyPolicy
  if (policy === 'SingleStack') {
    for (const field of ['clusterIPs', 'ipFamilies'] as const)
      if (spec[field] && equal(spec[field], before[field])) spec[field].splice(1)
    return
  }
  const isFewer = (now: readonly string[] = [], then: readonly string[] = []): boolean =>
    now.length > 0 && now.length < then.length
  const detail = "must be 'SingleStack' to release the secondary"
  if (isFewer(spec.clusterIPs, before.clusterIPs)) yield invalidValue(policyPath, policy, `${detail} cluster IP`)
  if (isFewer(spec.ipFamilies, before.ipFamilies)) yield invalidValue(policyPath, policy, `${detail} IP family`)
}

function* checkPolicy({ ipFamilyPolicy: policy, clusterIPs = [], ipFamilies = [] }: ServiceSpec): Generator<Cause> {
  if (policy !== 'SingleStack') return
  const detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
  if (clusterIPs.length === 2) yield invalidValue(policyPath, policy, `${detail} cluster IPs are specified`)
  if (ipFamilies.length === 2) yield invalidValue(policyPath, policy, `${detail} IP families are specified`)
}

/** Families follow from the addresses that are asked for. */
function* inferFamilies(spec: ServiceSpec, known: readonly Family[]): Generator<Cause> {
  const { clusterIPs = [] } = spec
  if (clusterIPs[0] === 'None') return
  for (const [index, address] of clusterIPs.entries()) {
    if (index < (spec.ipFamilies?.length ?? 0)) continue
    const family = familyOf(address)
    if (known.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family]
    else yield invalidValue(`spec.clusterIPs[${index}]`, clusterIPs, `${family} is not configured on this cluster`)
  }
}

function* checkFamilies({ ipFamilyPolicy: policy, ipFamilies = [] }: ServiceSpec, known: readonly Family[]): Generator<Cause> {
  if (policy === 'RequireDualStack' && known.length < 2)
    yield invalidValue(policyPath, policy, 'this cluster is not configured for dual-stack services')
  for (const [index, family] of ipFamilies.entries())
    if (!known.includes(family as Family))
      yield invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')
}
