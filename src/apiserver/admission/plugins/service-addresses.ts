import { Service } from '#api/core/v1.ts'
import { invalid } from '#api/status.ts'
import { type Admission, about, type Review } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { invalidValue } from '#machinery/causes.ts'
import type { Clock } from '#machinery/clock.ts'
import { parseCidr, parseIp } from '#machinery/ip.ts'

/** Where addresses and ports of Services come from. */
export interface ServiceRanges {
  /** `10.96.0.0/16` */
  readonly cidr: string
  readonly nodePorts: { readonly first: number; readonly last: number }
}

/** How long a number that was given out is held before the Service that took it must show in the cache. */
const holdMs = 60_000

/** Gives Services their cluster IPs and node ports, and takes care that no two have the same (upstream: registry/core/service/storage/alloc.go). */
export function serviceAddresses(
  reader: Reader,
  { cidr, nodePorts }: ServiceRanges,
  { clock, random }: { clock: Clock; random: () => number },
): Admission {
  const range = parseCidr(cidr)!
  const size = 2 ** (32 - range.bits)
  const base = range.ip.value
  const held = new Map<string | number, number>()

  const isHeld = (value: string | number): boolean => (held.get(value) ?? 0) > clock.now().getTime()
  const hold = <V extends string | number>(value: V): V => {
    for (const [each, until] of held) if (until <= clock.now().getTime()) held.delete(each)
    held.set(value, clock.now().getTime() + holdMs)
    return value
  }
  const taken = (self: string | undefined): Set<string | number> => {
    const all = new Set<string | number>()
    for (const { metadata, spec } of reader.list(Service)) {
      if (metadata.uid === self) continue
      for (const ip of spec.clusterIPs ?? []) all.add(ip)
      for (const { nodePort } of spec.ports ?? []) if (nodePort) all.add(nodePort)
    }
    return all
  }
  const pick = <V extends string | number>(
    used: ReadonlySet<string | number>,
    count: number,
    at: (n: number) => V,
  ): V | undefined => {
    const start = Math.floor(random() * count)
    for (let n = 0; n < count; n++) {
      const value = at((start + n) % count)
      if (!used.has(value) && !isHeld(value)) return hold(value)
    }
    return undefined
  }
  // The first address is the network's, the last one the broadcast's; the low part is left for those who ask by name.
  const address = (n: number): string => text(base + BigInt(n))
  const low = Math.min(Math.max(16, Math.floor(size / 16)), 256)

  return {
    name: 'ServiceAddresses',
    concerns: about([Service]),
    mutate(review) {
      const service = review.object as Service
      const before = review.before as Service | undefined
      const { spec } = service
      const used = taken(before?.metadata.uid)
      if (spec.type !== 'ExternalName') {
        spec.ipFamilies ??= ['IPv4']
        spec.ipFamilyPolicy ??= 'SingleStack'
        const asked = spec.clusterIP || spec.clusterIPs?.[0]
        if (asked && asked !== 'None' && asked !== before?.spec.clusterIP) claim(review, asked)
        spec.clusterIP =
          asked ||
          pick(used, size - low - 1, n => address(low + n)) ||
          full(review, 'clusterIPs', 'failed to allocate a serviceIP: range is full')
        spec.clusterIPs = [spec.clusterIP]
      }
      const wantsNodePorts =
        spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
      for (const [index, port] of (spec.ports ?? []).entries()) {
        if (!wantsNodePorts) delete port.nodePort
        else if (port.nodePort) {
          if (!before?.spec.ports?.some(each => each.nodePort === port.nodePort)) claimPort(review, used, port.nodePort, index)
        } else {
          const { first, last } = nodePorts
          port.nodePort =
            pick(used, last - first + 1, n => first + n) ??
            full(review, `ports[${index}].nodePort`, 'failed to allocate a nodePort: range is full')
        }
      }
    },
  }

  function claim(review: Review, ip: string): void {
    const parsed = parseIp(ip)
    const inside = parsed?.family === 4 && parsed.value > base && parsed.value < base + BigInt(size)
    const uid = review.before?.metadata.uid
    if (!inside)
      refuse(
        review,
        'spec.clusterIPs',
        [ip],
        `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${cidr}`,
      )
    if (taken(uid).has(ip) || isHeld(ip))
      refuse(review, 'spec.clusterIPs', [ip], `failed to allocate IP ${ip}: provided IP is already allocated`)
    hold(ip)
  }

  function claimPort(review: Review, used: ReadonlySet<string | number>, port: number, index: number): void {
    const field = `spec.ports[${index}].nodePort`
    const { first, last } = nodePorts
    if (port < first || port > last)
      refuse(review, field, port, `provided port is not in the valid range. The range of valid ports is ${first}-${last}`)
    if (used.has(port) || isHeld(port)) refuse(review, field, port, 'provided port is already allocated')
    hold(port)
  }
}

function refuse(review: Review, field: string, value: unknown, why: string): never {
  throw invalid(review.resource.kind, review.key.name, [invalidValue(field, value, why)])
}

const full = (review: Review, field: string, why: string): never => refuse(review, `spec.${field}`, null, why)
const text = (value: bigint): string => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.')
