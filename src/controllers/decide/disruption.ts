import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { disruptionConditions } from '#machinery/disruption.ts'
import { isReady, isTerminal } from './pods.ts'

type Spec = NonNullable<PodDisruptionBudget['spec']>
type Status = NonNullable<PodDisruptionBudget['status']>

/** How long an evicted pod is believed to be on its way out, and a condition that says so. */
export const beliefMs = 120_000

/** How many pods there should be, and how many of them healthy. `scale`: how many those who control the pods want. */
export function expectation(
  { minAvailable, maxUnavailable }: Spec,
  pods: number,
  scale: number,
): { expected: number; desired: number } {
  if (maxUnavailable !== undefined) return { expected: scale, desired: Math.max(0, scale - share(maxUnavailable, scale)) }
  if (typeof minAvailable === 'number') return { expected: pods, desired: minAvailable }
  if (minAvailable !== undefined) return { expected: scale, desired: share(minAvailable, scale) }
  return { expected: 0, desired: 0 }
}

/** Whether a budget can be reckoned only by those who control its pods. */
export const needsScale = ({ minAvailable, maxUnavailable }: Spec): boolean =>
  maxUnavailable !== undefined || typeof minAvailable === 'string'

const share = (value: number | string, whole: number): number =>
  typeof value === 'number' ? value : Math.ceil((whole * Number.parseInt(value, 10)) / 100)

/** A budget's status as it should be. */
export function disruptionStatus(
  { metadata, status: before = {} }: Readonly<PodDisruptionBudget>,
  pods: readonly Readonly<Pod>[],
  { expected, desired }: { expected: number; desired: number },
  now: Date,
): Status {
  const leaving = stillLeaving(before, pods, now)
  const healthy = pods.filter(pod => !pod.metadata.deletionTimestamp && !leaving.has(pod.metadata.name!) && isReady(pod)).length
  const { disruptedPods: _, ...rest } = before
  const status: Status = {
    ...rest,
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    // Whose pods are still to come must not allow anything by mistake.
    disruptionsAllowed: expected > 0 ? Math.max(0, healthy - desired) : 0,
    ...(leaving.size > 0 && { disruptedPods: Object.fromEntries(leaving) }),
  }
  return { ...status, conditions: disruptionConditions(status, now) }
}

/** Of the pods that were evicted, those that are still there and may yet go; with the times of that. */
function stillLeaving({ disruptedPods = {} }: Status, pods: readonly Readonly<Pod>[], now: Date): Map<string, string> {
  const there = new Set(pods.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name))
  return new Map(
    Object.entries(disruptedPods).filter(([name, at]) => there.has(name) && Date.parse(at) + beliefMs >= now.getTime()),
  )
}

/** The pods that were evicted but have not gone in all that time. */
export const notDeleted = (
  { status }: Readonly<PodDisruptionBudget>,
  pods: readonly Readonly<Pod>[],
  now: Date,
): readonly Readonly<Pod>[] =>
  pods.filter(({ metadata }) => {
    const at = status?.disruptedPods?.[metadata.name!]
    return at !== undefined && !metadata.deletionTimestamp && Date.parse(at) + beliefMs < now.getTime()
  })

/** How long until what a pod says of its own end is no longer believed, ms; nothing: it says nothing, or it is true. */
export function staleIn({ metadata, status }: Readonly<Pod>, now: Date): number | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  if (condition?.status !== 'True' || metadata.deletionTimestamp || isTerminal({ metadata, status } as Pod)) return undefined
  // The kubelet's own word is true however long it takes.
  if (condition.reason === 'TerminationByKubelet') return undefined
  return Math.max(0, Date.parse(condition.lastTransitionTime ?? '1970-01-01T00:00:00Z') + beliefMs - now.getTime())
}
