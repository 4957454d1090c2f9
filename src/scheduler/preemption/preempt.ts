import type { Pod } from '#api/core/v1.ts'
import { conditionOf } from '#machinery/conditions.ts'
import type { NodeInfo, PodInfo } from '#scheduler/node-info.ts'
import type { Rejection, SchedulerPlugin } from '#scheduler/plugin.ts'
import type { Unplaced } from '#scheduler/schedule.ts'
import type { Ledger } from '#scheduler/snapshot.ts'
import type { Budgets } from './budgets.ts'
import { type Candidate, startOf, victimsOn } from './victims.ts'

/** What preempting others can do for a pod that found no node. */
export type Preemption =
  | { readonly candidate: Candidate }
  /** It may not; whatever node it has been promised stays so. */
  | { readonly ineligible: string }
  /** It helps nowhere: why not, of each node that was tried. */
  | { readonly tried: ReadonlyMap<NodeInfo, Rejection> }

/** What the decision depends on besides the pod and the cluster. */
export interface PreemptionGround {
  readonly ledger: Ledger
  readonly plugins: readonly SchedulerPlugin[]
  readonly budgets: Budgets
  readonly now: number
  random(): number
}

/** Upstream's defaults: so many of the nodes that may be helped are tried, but at least so many. */
const percentTried = 10
const leastTried = 100

/**
 * Decides where a pod may take the place of others (upstream: the plugin DefaultPreemption). Nothing changes by it: the ledger is as
 * it was.
 */
export function preempt(pod: PodInfo, why: Unplaced, ground: PreemptionGround): Preemption {
  const refusal = ineligible(pod, why, ground.ledger)
  if (refusal) return { ineligible: refusal }
  const open = [...why.rejections].filter(([, { lasting }]) => !lasting).map(([node]) => node)
  const enough = Math.max(Math.floor((open.length * percentTried) / 100), leastTried)
  const start = Math.floor(ground.random() * open.length)
  const safe: Candidate[] = []
  const harmful: Candidate[] = []
  const tried = new Map<NodeInfo, Rejection>()
  for (let at = 0; at < open.length && !(safe.length > 0 && safe.length + harmful.length >= enough); at++) {
    const node = open[(start + at) % open.length]!
    const found = victimsOn(node, pod, ground.ledger, ground.plugins, ground.budgets, ground.now)
    if ('reasons' in found) tried.set(node, found)
    else if (found.violations === 0) safe.push(found)
    else harmful.push(found)
  }
  const candidate = least([...safe, ...harmful], ground.now)
  return candidate ? { candidate } : { tried }
}

/** Why a pod may not preempt: it does not want to, or those that it has preempted are still on their way. */
function ineligible(pod: PodInfo, { rejections }: Unplaced, ledger: Ledger): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const promise = ledger.promiseTo(pod)
  if (!promise || rejections.get(promise)?.lasting) return undefined
  for (const other of promise.pods.values())
    if (other.priority < pod.priority && isLeavingForOthers(other.pod))
      return 'not eligible due to a terminating pod on the nominated node.'
  return undefined
}

/** Why a pod is disrupted that gives way to another. */
export const preempted = 'PreemptionByScheduler'

function isLeavingForOthers({ metadata, status }: Pod): boolean {
  const disruption = conditionOf(status?.conditions, 'DisruptionTarget')
  return metadata.deletionTimestamp !== undefined && disruption?.status === 'True' && disruption.reason === preempted
}

/** The candidate that does least harm: each measure decides among those that the ones before it left (upstream: pickOneNodeForPreemption). */
function least(candidates: readonly Candidate[], now: number): Candidate | undefined {
  const highest = ({ victims: [first] }: Candidate): number => first!.priority
  // Upstream's offset makes all priorities count, so that many low victims are not better than few.
  const sum = ({ victims }: Candidate): number => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0)
  const oldest = (candidate: Candidate): number =>
    Math.min(...candidate.victims.filter(each => each.priority === highest(candidate)).map(each => startOf(each, now)))
  const harms: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    highest,
    sum,
    ({ victims }) => victims.length,
    candidate => -oldest(candidate),
  ]
  let left = candidates
  for (const harm of harms) {
    if (left.length < 2) break
    const harmed = left.map(harm)
    const smallest = Math.min(...harmed)
    left = left.filter((_, at) => harmed[at] === smallest)
  }
  return left[0]
}
