import { Node } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { formatCidr, parseCidr } from '#machinery/ip.ts'
import type { Controller } from '#reconcile/controller.ts'

/** Gives each node its part of the pods' address range (IPv4): the lowest that is free. `mask`: bits of a part's prefix. */
export function nodeIpam(clusterCidr: string, mask = 24): Controller<Node> {
  const cidr = parseCidr(clusterCidr)
  if (cidr?.ip.family !== 4) throw new Error(`not an IPv4 range: ${clusterCidr}`)
  const { ip, bits } = cidr
  const rangeAt = (index: number): string => {
    const value = ip.value + (BigInt(index) << BigInt(32 - mask))
    return formatCidr({ ip: { ...ip, value }, bits: mask })
  }
  const all = Array.from({ length: 2 ** (mask - bits) }, (_, index) => rangeAt(index))
  /** Who has what, including what the cache does not show yet. */
  const given = new Map<string, string>()

  return {
    name: 'node-ipam-controller',
    source: 'cidrAllocator',
    of: Node,
    workers: 1,
    changed: (before, after) => before.spec?.podCIDR !== after.spec?.podCIDR,

    async reconcile(node, cluster) {
      const { name = '', uid, resourceVersion } = node.metadata
      const has = node.spec?.podCIDR
      if (has) return void given.set(name, has)
      for (const { metadata, spec } of cluster.list(Node)) if (spec?.podCIDR) given.set(metadata.name ?? '', spec.podCIDR)
      const taken = new Set(given.values())
      const podCIDR = given.get(name) ?? all.find(range => !taken.has(range))
      if (!podCIDR) {
        cluster.events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error(`no pod CIDR left in ${clusterCidr} for node ${name}`)
      }
      given.set(name, podCIDR)
      const body = { metadata: { uid, resourceVersion }, spec: { podCIDR, podCIDRs: [podCIDR] } }
      await cluster.patch(Node, keyOf(node), { type: 'merge', body })
    },

    gone({ name }) {
      given.delete(name)
    },
  }
}
