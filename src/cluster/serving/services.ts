import type { ServiceRanges } from '#apiserver/services/keeping.ts'
import { type PortRange, parsePortRange } from '#apiserver/services/port-set.ts'
import { network } from '#cluster/network.ts'
import { formatCidr, parseCidr } from '#machinery/ip.ts'

/** Where addresses and ports of Services come from, as upstream's flags say it. */
export interface ServiceFlags {
  readonly serviceClusterIpRange?: readonly string[]
  readonly serviceNodePortRange?: string
}

/** Upstream: ServiceIPRange and NewIPAllocator. */
const leastAddresses = 8
const widestIpv6 = 64

/** What the flags come to. Throws a sentence for ranges that Services cannot be served from. */
export function readServices({ serviceClusterIpRange: ranges, serviceNodePortRange: ports }: ServiceFlags): ServiceRanges {
  const cidrs = ranges ? ranges.map(addressRange) : [network.serviceCidr]
  const families = new Set(cidrs.map(cidr => cidr.includes(':')))
  if (cidrs.length === 0 || families.size < cidrs.length)
    throw new Error('--service-cluster-ip-range: one range of addresses, or one of each family')
  return { cidrs, nodePorts: ports === undefined ? network.nodePorts : portRange(ports) }
}

function addressRange(text: string): string {
  const flag = '--service-cluster-ip-range'
  const cidr = parseCidr(text.trim())
  if (!cidr) throw new Error(`${flag}: ${JSON.stringify(text)} is no range of addresses such as ${network.serviceCidr}`)
  const { ip, bits } = cidr
  if (2 ** ((ip.family === 4 ? 32 : 128) - bits) < leastAddresses)
    throw new Error(`${flag}: ${text}: the service cluster IP range must be at least ${leastAddresses} IP addresses`)
  if (ip.family === 6 && bits < widestIpv6)
    throw new Error(`${flag}: ${text} is too large; for 128-bit addresses, the mask must be >= ${widestIpv6}`)
  return formatCidr(cidr)
}

function portRange(text: string): PortRange {
  try {
    return parsePortRange(text)
  } catch (error) {
    throw new Error(`--service-node-port-range: ${(error as Error).message}`, { cause: error })
  }
}
