import { Service, type ServiceSpec } from '#api/core/v1.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { type Cause, invalid } from '#api/status.ts'
import { type Admission, about, type Review } from '#apiserver/admission/admission.ts'
import { invalidValue } from '#machinery/causes.ts'
import type { Log } from '#machinery/log.ts'
import type { Family } from '#machinery/service/addresses.ts'
import { needsClusterIp } from '#machinery/service/needs.ts'
import type { ClusterIps } from './cluster-ips.ts'
import { isSettled, settleFamilies } from './families.ts'
import { addressesOf } from './ip-addresses.ts'
import type { NodePorts } from './node-ports.ts'
import { type PortSet, rangeText } from './port-set.ts'
import { nodePortsOf, type Wish, wishesOf } from './port-wishes.ts'

/** What Services are given their addresses and ports by. */
export interface Allocators {
  readonly ips: ClusterIps
  readonly ports: NodePorts
  /** The families of addresses that the cluster has, the default first. */
  readonly families: readonly Family[]
  readonly random: () => number
}

/** What no two Services may have. */
interface Numbers {
  readonly ips: string[]
  readonly ports: number[]
}

/**
 * Gives Services their cluster IPs and node ports, and takes them back (upstream: registry/core/service/storage/alloc.go). Rather a
 * number that nobody has, until the repair finds it, than one that two have: taken before the write, given back behind it.
 */
export function serviceAllocation(allocators: Allocators, log: Log): Admission {
  const { ips, ports } = allocators

  const giveBack = async (numbers: Numbers, holder: Key): Promise<void> => {
    const failed = (error: unknown): void => log.warn('left to the repair of Services', { ...numbers, error: String(error) })
    const drop = (taken: PortSet): void => {
      for (const port of numbers.ports) taken.delete(port)
    }
    for (const ip of numbers.ips) await ips.release(ip, holder).catch(failed)
    if (numbers.ports.length > 0) await ports.change(drop).catch(failed)
  }

  return {
    name: 'ServiceAllocation',
    concerns: about([Service], ['CREATE', 'UPDATE', 'DELETE']),
    async allocate(review) {
      const taken: Numbers = { ips: [], ports: [] }
      try {
        if (review.object) await take(allocators, review, taken)
      } catch (error) {
        await giveBack(taken, review.key)
        throw error
      }
      return made => giveBack(made ? lost(review.before, made.object) : taken, review.key)
    },
  }
}

/** Gives the Service what it lacks. What was taken is written down, also where it then throws. */
async function take({ ips, ports, families, random }: Allocators, review: Review, taken: Numbers): Promise<void> {
  const service = review.object as Service
  const before = review.before as Service | undefined
  const spec = (service.spec ??= {})
  const problems = settleFamilies(spec, before?.spec, families)
  if (problems.length > 0) throw refusal(review, ...problems)

  for (const index of missing(spec, before?.spec)) {
    const ip = await takeIp(ips, review, spec, index)
    if (!review.dryRun) taken.ips.push(ip)
    spec.clusterIPs = [...(spec.clusterIPs ?? []).slice(0, index), ip, ...(spec.clusterIPs ?? []).slice(index + 1)]
    spec.clusterIP = spec.clusterIPs[0]!
  }

  const wishes = wishesOf(service, before)
  if (wishes.length === 0) return
  let got: number[] = []
  const fulfil = (all: PortSet): void => {
    got = wishes.map(wish => takePort(all, wish, review, random))
  }
  if (review.dryRun) fulfil(await ports.taken())
  else await ports.change(fulfil)
  if (!review.dryRun) taken.ports.push(...got)
  for (const [at, wish] of wishes.entries()) wish.got(got[at]!)
}

/** The places among its families where a Service has no address yet (upstream: updateClusterIPs). */
function missing(spec: ServiceSpec, before: ServiceSpec | undefined): readonly number[] {
  const { ipFamilies = [] } = spec
  if (!needsClusterIp(spec) || spec.clusterIP === 'None') return []
  if (!before || before.type === 'ExternalName') return [...ipFamilies.keys()]
  if (before.clusterIP === 'None' || isSettled(spec, before)) return []
  return before.ipFamilies?.length === 1 && ipFamilies.length === 2 ? [1] : []
}

async function takeIp(ips: ClusterIps, review: Review, { clusterIPs, ipFamilies }: ServiceSpec, at: number): Promise<string> {
  const path = 'spec.clusterIPs'
  const asked = clusterIPs?.[at]
  if (asked) {
    const problem = await ips.claim(asked, review)
    if (problem === undefined) return asked
    throw refusal(review, invalidValue(path, clusterIPs, `failed to allocate IP ${asked}: ${problem}`))
  }
  const given = await ips.give(ipFamilies![at] as Family, review)
  if (given) return given
  throw refusal(review, invalidValue(path, null, 'failed to allocate a serviceIP: range is full'))
}

function takePort(all: PortSet, { path, name, asked }: Wish, review: Review, random: () => number): number {
  const problem = asked ? obstacleTo(asked, all) : undefined
  if (problem) {
    const why = name === 'nodePort' ? problem : `failed to allocate requested ${name} ${asked}: ${problem}`
    throw refusal(review, invalidValue(path, asked, why))
  }
  const port = asked || all.free(random)
  if (!port) throw refusal(review, invalidValue(path, null, `failed to allocate a ${name}: range is full`))
  all.add(port)
  return port
}

function obstacleTo(port: number, all: PortSet): string | undefined {
  if (all.has(port)) return 'provided port is already allocated'
  if (all.isInside(port)) return undefined
  return `provided port is not in the valid range. The range of valid ports is ${rangeText(all.range)}`
}

/** What a Service had, and has no more. */
function lost(before: KubeObject | undefined, after: KubeObject | undefined): Numbers {
  const kept = { ips: addressesOf(after), ports: nodePortsOf(after) }
  return {
    ips: addressesOf(before).filter(ip => !kept.ips.includes(ip)),
    ports: [...nodePortsOf(before)].filter(port => !kept.ports.has(port)),
  }
}

/** Upstream answers with 500 where a range is full, or a port for health checks cannot be had; nothing of that is the server's fault. */
const refusal = ({ resource, key }: Review, ...causes: readonly Cause[]): Error => invalid(resource.kind, key.name, causes)
