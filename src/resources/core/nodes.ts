import { Node } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, forbidden, invalidEach, invalidValue } from '#machinery/causes.ts'
import { cidr, parseCidr } from '#machinery/ip.ts'
import { each } from '#resources/checks.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { validateQuantity } from './pod-spec/requirements.ts'
import { validateTaints } from './pod-spec/scheduling.ts'

const rolePrefix = 'node-role.kubernetes.io/'

export default resource(Node, {
  shortNames: ['no'],
  status: true,
  storagePath: 'minions',
  fields: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
  columns: [
    name,
    text('Status', statusText),
    text('Roles', node => roles(node).join(',') || '<none>'),
    age,
    text('Version', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    wide(text('Internal-IP', node => address(node, 'InternalIP'))),
    wide(text('External-IP', node => address(node, 'ExternalIP'))),
    wide(text('OS-Image', ({ status }) => status?.nodeInfo?.osImage || '<unknown>')),
    wide(
      text('Kernel-Version', ({ status }) => {
        const { kernelVersion, architecture } = status?.nodeInfo ?? {}
        return (kernelVersion || '<unknown>') + (architecture ? ` (${architecture})` : '')
      }),
    ),
    wide(text('Container-Runtime', ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>')),
  ],

  default(node) {
    const spec = (node.spec ??= {})
    // The single range is the older name of the first of many.
    if (spec.podCIDRs?.length) spec.podCIDR ||= spec.podCIDRs[0]!
    else if (spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity }
  },

  *validate({ spec = {}, status }, before) {
    // Upstream says `metadata` here though taints are in the spec.
    if (!before) yield* validateTaints(spec.taints, 'metadata.taints')
    for (const list of ['capacity', 'allocatable'] as const)
      for (const [resourceName, amount] of Object.entries(status?.[list] ?? {}))
        yield* validateQuantity(resourceName, amount, `status.${list}.${resourceName}`)
    if (!before) {
      const swap = status?.nodeInfo?.swap?.capacity
      if (swap !== undefined && swap <= 0)
        yield invalidValue('metadata.nodeSwapStatus.capacity', swap, 'must be greater than zero')
      yield* validateRanges(spec.podCIDRs, 'spec.podCIDRs')
      return
    }
    const seen = new Set<string>()
    yield* each(status?.addresses, 'status.addresses', function* (entry, at) {
      const id = JSON.stringify([entry.type, entry.address])
      if (seen.has(id)) yield duplicate(at, entry)
      seen.add(id)
    })
    const { podCIDRs = [], providerID } = before.spec ?? {}
    const sameNumber = podCIDRs.length === (spec.podCIDRs?.length ?? 0)
    const changed = sameNumber ? podCIDRs.filter((range, index) => range !== spec.podCIDRs?.[index]) : podCIDRs.slice(0, 1)
    for (const _ of changed) yield forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
    if (providerID && providerID !== spec.providerID) {
      yield forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')
    }
    yield* validateTaints(spec.taints, 'metadata.taints')
    if ((spec.externalID ?? '') !== (before.spec?.externalID ?? '')) yield forbidden('spec.externalID', 'may not be updated')
  },
})

function* validateRanges(ranges: readonly string[] = [], path: string): Generator<Cause> {
  yield* each(ranges, path, (range, at) => invalidEach(at, range, cidr(range)))
  const families = new Set(ranges.map(range => parseCidr(range)?.ip.family))
  if (ranges.length > 2 || families.size < ranges.length)
    yield invalidValue(path, ranges, 'may specify no more than one CIDR for each IP family')
}

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast(condition => condition.type === 'Ready')
  const state = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${state},SchedulingDisabled` : state
}

function roles({ metadata }: Node): string[] {
  const labels = Object.entries(metadata.labels ?? {})
  const named = labels.filter(([key]) => key.startsWith(rolePrefix)).map(([key]) => key.slice(rolePrefix.length))
  const valued = labels.filter(([key]) => key === 'kubernetes.io/role').map(([, value]) => value)
  return [...new Set([...named, ...valued])].filter(Boolean).sort()
}

const address = ({ status }: Node, type: string): string =>
  status?.addresses?.find(entry => entry.type === type)?.address ?? '<none>'
