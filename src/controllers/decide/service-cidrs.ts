import type { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import { type Cidr, contains, type Ip, isHostIn, parseCidr, parseIp } from '#machinery/ip.ts'
import { isOfAllocator } from '#machinery/service/ip-address.ts'

/**
 * Whether a ServiceCIDR may go (upstream: canDeleteCIDR): another one holds all that it holds, or no Service has an address of it that is
 * in no other. Unlike upstream's, those that are being deleted too hold nobody: of two that hold the same, one must stay.
 */
export function mayGo(
  range: Readonly<ServiceCIDR>,
  all: readonly Readonly<ServiceCIDR>[],
  addresses: Iterable<Readonly<IPAddress>>,
): boolean {
  const others = all
    .filter(({ metadata }) => metadata.name !== range.metadata.name && !metadata.deletionTimestamp)
    .flatMap(rangesOf)
  const own = rangesOf(range).filter(each => !others.some(other => holds(other, each)))
  if (own.length === 0) return true
  for (const address of addresses) {
    const ip = ipOf(address)
    if (ip && own.some(each => isHostIn(each, ip)) && !others.some(other => isHostIn(other, ip))) return false
  }
  return true
}

/** The ServiceCIDRs that have something in common with this one. */
export const overlapping = (
  range: Readonly<ServiceCIDR>,
  all: readonly Readonly<ServiceCIDR>[],
): readonly Readonly<ServiceCIDR>[] =>
  all.filter(other => rangesOf(other).some(one => rangesOf(range).some(two => holds(one, two) || holds(two, one))))

/** The ServiceCIDRs that an address of a Service lies in. */
export function holding(address: Readonly<IPAddress>, all: readonly Readonly<ServiceCIDR>[]): readonly Readonly<ServiceCIDR>[] {
  const ip = ipOf(address)
  return ip ? all.filter(range => rangesOf(range).some(each => isHostIn(each, ip))) : []
}

const rangesOf = ({ spec }: Readonly<ServiceCIDR>): Cidr[] => (spec?.cidrs ?? []).flatMap(text => parseCidr(text) ?? [])

const holds = (one: Cidr, two: Cidr): boolean => one.bits <= two.bits && contains(one, two.ip)

/** Those that others keep hold nothing back. */
const ipOf = (address: Readonly<IPAddress>): Ip | undefined =>
  isOfAllocator(address) ? parseIp(address.metadata.name ?? '') : undefined
