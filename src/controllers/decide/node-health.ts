import type { Node, NodeCondition, Taint } from '#api/core/v1.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'

/** Which taint a node gets for which condition and status. */
const taintOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: 'node.kubernetes.io/not-ready', Unknown: 'node.kubernetes.io/unreachable' },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const unschedulable = 'node.kubernetes.io/unschedulable'
const evicting = Object.values(taintOf.Ready!)
const ours = new Set([...Object.values(taintOf).flatMap(each => Object.values(each)), unschedulable])

/** What a kubelet reports, and what is not known any more once it has fallen silent. */
const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export const readyStatus = (node: Node): string | undefined => conditionOf(node.status?.conditions, 'Ready')?.status

/** The conditions of a node whose kubelet has fallen silent. */
export function silentConditions(node: Node, now: Date): NodeCondition[] {
  const before = node.status?.conditions ?? []
  const known = before.map(each =>
    reported.includes(each.type) && each.status !== 'Unknown'
      ? {
          ...each,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: timestamp(now),
        }
      : each,
  )
  const never = reported.filter(type => !conditionOf(before, type))
  return [...known, ...never.map(type => neverReported(type, node, now))]
}

const neverReported = (type: string, { metadata }: Node, now: Date): NodeCondition => ({
  type,
  status: 'Unknown',
  reason: 'NodeStatusNeverUpdated',
  message: 'Kubelet never posted node status.',
  ...(metadata.creationTimestamp && { lastHeartbeatTime: metadata.creationTimestamp }),
  lastTransitionTime: timestamp(now),
})

/**
 * The taints a node should have: its own, and those that its conditions call for. `evict`: whether pods are to leave a
 * node that is not ready. They are not where no node is: then it is more likely that we cannot see than that all are gone.
 */
export function taintsOf(node: Node, evict: boolean, now: Date): Taint[] {
  const before = node.spec?.taints ?? []
  const called = (node.status?.conditions ?? []).flatMap(({ type, status }) => taintOf[type]?.[status] ?? [])
  const wanted: Taint[] = [...called, ...(node.spec?.unschedulable ? [unschedulable] : [])].map(key => ({
    key,
    effect: 'NoSchedule',
  }))
  const leave = evict ? taintOf.Ready?.[readyStatus(node) ?? ''] : undefined
  if (leave) wanted.push({ key: leave, effect: 'NoExecute' })

  const kept = before.filter(taint => !isOurs(taint) || wanted.some(each => isSame(each, taint)))
  const added = wanted.filter(taint => !before.some(each => isSame(each, taint)))
  return [...kept, ...added.map(taint => ({ ...taint, timeAdded: timestamp(now) }))]
}

const isSame = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect

const isOurs = ({ key, effect }: Taint): boolean =>
  (effect === 'NoSchedule' && ours.has(key)) || (effect === 'NoExecute' && evicting.includes(key))
