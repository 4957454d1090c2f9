import type { ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { ip, parseIp } from '#machinery/ip.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'

const path = 'spec.clusterIPs'

/** Checks a service's addresses in the cluster and their families. Those that it had `before` are taken as they are. */
export function* validateAddresses(spec: ServiceSpec, before: readonly string[] = []): Generator<Cause> {
  const { clusterIP, clusterIPs = [], ipFamilies } = spec
  if (clusterIP) {
    if (clusterIPs.length === 0) yield required(path)
    else if (clusterIPs[0] !== clusterIP) yield invalidValue(path, clusterIPs, 'first value must match `clusterIP`')
  } else if (clusterIPs.length) yield invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified')
  const seen = new Set<string>()
  yield* each(ipFamilies, 'spec.ipFamilies', function* (family, at) {
    yield* oneOfIfSet(family, at, ['IPv4', 'IPv6'])
    if (seen.has(family)) yield duplicate(at, family)
    seen.add(family)
  })
  yield* oneOfIfSet(spec.ipFamilyPolicy, 'spec.ipFamilyPolicy', ['PreferDualStack', 'RequireDualStack', 'SingleStack'])
  const malformed = [...validateEach(clusterIPs, before)]
  yield* malformed
  if (clusterIPs.length > 2) yield invalidValue(path, clusterIPs, 'may only hold up to 2 values')
  if (malformed.length === 0) yield* validateFamilies(spec)
}

function* validateEach(addresses: readonly string[], before: readonly string[]): Generator<Cause> {
  yield* each(addresses, path, function* (address, at, index) {
    if (index > 0 || address !== 'None') {
      if (!before.includes(address)) yield* invalidEach(at, address, ip(address))
    } else if (addresses.length > 1) yield invalidValue(path, addresses, "'None' must be the first and only value")
  })
}

const familyOf = (address: string): string => (parseIp(address)?.family === 6 ? 'IPv6' : 'IPv4')

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
