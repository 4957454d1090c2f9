import type { ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'

const path = 'spec.clusterIPs'
const families = ['IPv4', 'IPv6']
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** Checks a service's addresses in the cluster and their families. Those that it had `before` are taken as they are. */
export function* validateAddresses(spec: ServiceSpec, before: readonly string[] = []): Generator<Cause> {
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy: policy } = spec
  if (clusterIP) {
    if (clusterIPs.length === 0) yield required(path)
    else if (clusterIPs[0] !== clusterIP) yield invalidValue(path, clusterIPs, 'first value must match `clusterIP`')
  } else if (clusterIPs.length) yield invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified')
  const seen = new Set<string>()
  for (const [index, family] of ipFamilies.entries()) {
    const at = `spec.ipFamilies[${index}]`
    if (!families.includes(family)) yield notSupported(at, family, families)
    if (seen.has(family)) yield duplicate(at, family)
    seen.add(family)
  }
  if (policy !== undefined && !policies.includes(policy)) yield notSupported('spec.ipFamilyPolicy', policy, policies)
  const malformed = [...validateEach(clusterIPs, before)]
  yield* malformed
  if (clusterIPs.length > 2) yield invalidValue(path, clusterIPs, 'may only hold up to 2 values')
  if (malformed.length === 0) yield* validateFamilies(spec)
}

function* validateEach(addresses: readonly string[], before: readonly string[]): Generator<Cause> {
  for (const [index, address] of addresses.entries()) {
    if (index > 0 || address !== 'None') {
      if (!before.includes(address)) yield* invalidEach(`${path}[${index}]`, address, ip(address))
    } else if (addresses.length > 1) yield invalidValue(path, addresses, "'None' must be the first and only value")
  }
}

/** A family of addresses, as Services call it. */
export type Family = 'IPv4' | 'IPv6'

/** The family of an address. */
export const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4')

function* validateFamilies({ clusterIPs = [], ipFamilies = [] }: ServiceSpec): Generator<Cause> {
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size < 2)
    yield invalidValue(path, clusterIPs, 'may specify no more than one IP for each IP family')
  if (clusterIPs[0] === 'None') return
  for (const [index, address] of clusterIPs.entries()) {
    const wanted = ipFamilies[index]
    if ((wanted === 'IPv4' || wanted === 'IPv6') && familyOf(address) !== wanted) {
      const detail = `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``
      yield invalidValue(`${path}[${index}]`, address, detail)
    }
  }
}
