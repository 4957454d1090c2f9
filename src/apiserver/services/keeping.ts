import { Service } from '#api/core/v1.ts'
import { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { every } from '#machinery/every.ts'
import type { Log } from '#machinery/log.ts'
import type { Storage } from '#storage/storage.ts'
import { AddressRange } from './address-range.ts'
import type { Allocators } from './allocation.ts'
import { ClusterIps } from './cluster-ips.ts'
import { ensureDefaultCidr } from './default-cidr.ts'
import { NodePorts } from './node-ports.ts'
import type { PortRange } from './port-set.ts'
import { IpRepair } from './repair-ips.ts'
import { PortRepair } from './repair-ports.ts'
import { type Warn, warnings } from './warnings.ts'

/** Where addresses and ports of Services come from. */
export interface ServiceRanges {
  /** One of each family at most, the default first: `10.96.0.0/16`. */
  readonly cidrs: readonly string[]
  readonly nodePorts: PortRange
}

/** The first address of the default range: the Service `kubernetes` has it, as upstream. */
export const firstIp = ({ cidrs }: ServiceRanges): string => new AddressRange(cidrs[0]!).first

export interface ServiceGround {
  readonly reader: Reader
  readonly storage: Storage
  readonly services: ServiceRanges
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** What Services are given their addresses and ports by, until the signal aborts. */
export function allocatorsOf({ reader, storage, services, random }: ServiceGround, signal: AbortSignal): Allocators {
  return {
    ips: new ClusterIps(reader, random, signal),
    ports: new NodePorts(storage, services.nodePorts),
    families: services.cidrs.map(cidr => new AddressRange(cidr).family),
    random,
  }
}

/** How often the ServiceCIDR of the cluster is looked for: upstream's figure. */
const cidrEveryMs = 10_000

/**
 * Puts right what Services have, so that they can be served; what it resolves to keeps it right until the signal aborts. Every API
 * server does this for itself, as upstream.
 */
export async function keepServices(
  ground: ServiceGround,
  { ips, ports }: Allocators,
  signal: AbortSignal,
): Promise<{ readonly kept: Promise<unknown> }> {
  const { reader, services, clock, log } = ground
  const warnAs = (component: string): Warn => warnings(reader, component, ground)
  const mismatch = once(warnAs('kubernetes-service-cidr-controller'))
  const ensureCidr = (): Promise<void> => ensureDefaultCidr(reader, services.cidrs, mismatch, clock)
  const ipRepair = new IpRepair({ reader, ips, warn: warnAs('ipallocator-repair-controller'), clock, log })
  const portRepair = new PortRepair({ reader, ports, warn: warnAs('portallocator-repair-controller'), clock, log })

  await ensureCidr()
  await Promise.all([ServiceCIDR, IPAddress, Service].map(kind => reader.catchUp(kind, signal)))
  await ports.adopt()
  await Promise.all([portRepair.all(signal), ipRepair.all()])

  const failed = (error: Error): void => log.warn('the default ServiceCIDR was not looked at', { error: error.message })
  const cidrKept = every(cidrEveryMs, ensureCidr, { clock, failed }, signal)
  return { kept: Promise.all([cidrKept, ipRepair.keep(signal), portRepair.keep(signal)]) }
}

/** Tells each thing once. */
function once(warn: Warn): Warn {
  const told = new Set<string>()
  return async (about, reason, message) => {
    if (told.has(message)) return
    told.add(message)
    await warn(about, reason, message)
  }
}
