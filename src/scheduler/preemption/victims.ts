import type { NodeInfo, PodInfo } from '#scheduler/node-info.ts'
import type { Rejection, SchedulerPlugin } from '#scheduler/plugin.ts'
import { objection } from '#scheduler/schedule.ts'
import type { Ledger, Place } from '#scheduler/snapshot.ts'
import type { Budgets } from './budgets.ts'

/** Who would have to go from a node so that a pod fits. */
export interface Candidate {
  readonly node: NodeInfo
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  /** How many of them break a disruption budget. */
  readonly violations: number
}

/** When a pod began, ms; one that has not yet begins now. */
export const startOf = ({ pod }: PodInfo, now: number): number => (pod.status?.startTime ? Date.parse(pod.status.startTime) : now)

const none: Rejection = { reasons: ['No preemption victims found for incoming pod'], lasting: true }

/**
 * The fewest pods of lower priority that must leave a node, or why it is of no use even without all of them: first all are
 * thought away, then one after another put back as long as the pod still fits, those first that a budget protects, and
 * of each the most important. Afterwards the ledger is as it was (upstream: SelectVictimsOnNode).
 */
export function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  ledger: Ledger,
  plugins: readonly SchedulerPlugin[],
  budgets: Budgets,
  now: number,
): Candidate | Rejection {
  if (node.lowestPriority >= pod.priority) return none
  const importance = (a: PodInfo, b: PodInfo): number => b.priority - a.priority || startOf(a, now) - startOf(b, now)
  const lower = [...node.pods].filter(([, { priority }]) => priority < pod.priority).sort(([, a], [, b]) => importance(a, b))
  const lifted = new Map(lower.map(([id]) => [id, ledger.lift(id)]))
  const refused = (): Rejection | undefined => objection(pod, ledger, plugins, node)
  try {
    const useless = refused()
    if (useless) return useless
    const places = [...lifted.values()]
    const guarded = budgets.violated(places, ({ pod: { pod } }) => pod)
    const spare = (place: Place): void => {
      const id = place.pod.pod.metadata.uid!
      ledger.putBack(place)
      if (refused()) ledger.lift(id)
      else lifted.delete(id)
    }
    for (const place of places) if (guarded.has(place)) spare(place)
    for (const place of places) if (!guarded.has(place)) spare(place)
    const victims = places.filter(place => lifted.has(place.pod.pod.metadata.uid!))
    return { node, victims: victims.map(place => place.pod), violations: victims.filter(place => guarded.has(place)).length }
  } finally {
    for (const place of lifted.values()) ledger.putBack(place)
  }
}
