import { Service } from '#api/core/v1.ts'
import { apiVersion } from '#api/kind.ts'
import { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Clock } from '#machinery/clock.ts'
import { equal } from '#machinery/equality.ts'
import type { Log } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'
import { ensure, ownAttempt, putStatus } from './bootstrap/ensure.ts'
import type { Reader } from './store/reader.ts'

const managedBy = 'ipaddress.kubernetes.io/managed-by'
const manager = 'ipallocator.k8s.io'

/** Makes the ServiceCIDR that every cluster has, of the range its Services get their addresses from (upstream: defaultservicecidr). */
export async function ensureServiceCidr(reader: Reader, cidr: string, clock: Clock): Promise<void> {
  const range: ServiceCIDR = {
    kind: ServiceCIDR.kind,
    apiVersion: apiVersion(ServiceCIDR),
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [cidr] },
  }
  await ensure(reader, ServiceCIDR, range)
  const known = await reader.live(ServiceCIDR, { namespace: '', name: 'kubernetes' })
  if (known?.status?.conditions?.length) return
  const message = 'Kubernetes default Service CIDR is ready'
  const ready = { type: 'Ready', status: 'True', reason: '', message, lastTransitionTime: timestamp(clock.now()) }
  await putStatus(reader, ServiceCIDR, range, { conditions: [ready] })
}

/** The IPAddress that says of an address which Service has it. */
export const addressOf = (ip: string, { metadata: { namespace = '', name = '' } }: Pick<Service, 'metadata'>): IPAddress => ({
  kind: IPAddress.kind,
  apiVersion: apiVersion(IPAddress),
  metadata: {
    name: ip,
    labels: { 'ipaddress.kubernetes.io/ip-family': ip.includes(':') ? 'IPv6' : 'IPv4', [managedBy]: manager },
  },
  spec: { parentRef: { resource: 'services', namespace, name } },
})

const ipsOf = (service: KubeObject | undefined): readonly string[] =>
  ((service as Service | undefined)?.spec.clusterIPs ?? []).filter(ip => ip && ip !== 'None')

/**
 * Keeps an IPAddress for each cluster IP of a Service, from now on until the signal aborts. Who has which address is said by the Services;
 * these objects show it. (Upstream's allocator has it the other way round, with the same to be seen.)
 */
export function keepServiceIps(reader: Reader, log: Log, signal: AbortSignal): void {
  const services = reader.store(Service).cache
  const addresses = reader.store(IPAddress)
  const holders = new Map<string, KubeObject>()
  // One after the other: an address may be given back and taken again at once.
  let last = Promise.resolve()
  const check = (ip: string): void => {
    last = last
      .then(() => settle(ip))
      .catch((error: unknown) => log.debug('an IPAddress stays as it is', { ip, error: String(error) }))
  }

  const settle = async (ip: string): Promise<void> => {
    if (signal.aborted) return
    const key = { namespace: '', name: ip }
    const holder = holders.get(ip)
    const wanted = holder && addressOf(ip, holder)
    const known = await reader.live(IPAddress, key)
    if (wanted && equal(known?.spec.parentRef, wanted.spec.parentRef)) return
    // Somebody else's, or nobody's.
    if (known && !wanted && known.metadata.labels?.[managedBy] !== manager) return
    if (known)
      await addresses
        .change(key, { ...ownAttempt, deletes: true }, () => undefined)
        .catch((error: unknown) => {
          if (!isReason(error, 'NotFound')) throw error
        })
    if (wanted) await ensure(reader, IPAddress, wanted)
  }

  const stops = [
    services.subscribe((before, after) => {
      const now = ipsOf(after)
      for (const ip of ipsOf(before))
        if (!now.includes(ip)) {
          holders.delete(ip)
          check(ip)
        }
      for (const ip of now) {
        holders.set(ip, after!)
        if (!ipsOf(before).includes(ip)) check(ip)
      }
    }),
    addresses.cache.subscribe((before, after) => {
      const ip = before?.metadata.name ?? ''
      if (!after && holders.has(ip)) check(ip)
    }),
  ]
  signal.addEventListener('abort', () => {
    for (const stop of stops) stop()
  })
  for (const service of services.list()) for (const ip of ipsOf(service)) holders.set(ip, service)
  const shown = addresses.cache.list().map(({ metadata }) => metadata.name ?? '')
  for (const ip of new Set([...holders.keys(), ...shown])) check(ip)
}
