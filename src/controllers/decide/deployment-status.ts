import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '#api/apps/v1.ts'
import { conditionOf, withCondition, withoutCondition } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'
import { limitsOf, wanted } from './rollout.ts'

const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (of(set) ?? 0), 0)

/** A condition that begins to hold now. */
export const condition = (type: string, status: string, reason: string, message: string, now: Date): DeploymentCondition => ({
  type,
  status,
  reason,
  message,
  lastUpdateTime: timestamp(now),
  lastTransitionTime: timestamp(now),
})

/** The counts over all sets, and whether there are enough pods. `deployment` has the conditions to carry on. */
export function statusOf(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  now: Date,
): DeploymentStatus {
  const all = newSet ? [...old, newSet] : old
  const available = sum(all, set => set.status?.availableReplicas)
  const terminating = terminatingOf(all)
  const enough = available >= wanted(deployment) - limitsOf(deployment).maxUnavailable
  const says = enough
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now)
  return whereThereIsAny({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(all, set => set.status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(all, set => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, wanted) - available),
    terminatingReplicas: terminating,
    collisionCount: deployment.status?.collisionCount,
    conditions: withCondition(deployment.status?.conditions, says),
  })
}

/** Counts of 0 are left out, as upstream's encoding does; terminatingReplicas is said even then. */
function whereThereIsAny({
  terminatingReplicas,
  ...counts
}: { [name in keyof DeploymentStatus]: DeploymentStatus[name] | undefined }): DeploymentStatus {
  const some = Object.fromEntries(Object.entries(counts).filter(([, value]) => value))
  return { ...some, ...(terminatingReplicas !== undefined && { terminatingReplicas }) }
}

/** Undefined as soon as one set that has been looked at does not say. */
function terminatingOf(sets: readonly ReplicaSet[]): number | undefined {
  const silent = sets.some(({ status }) => status?.observedGeneration && status.terminatingReplicas === undefined)
  return silent ? undefined : sum(sets, set => set.status?.terminatingReplicas)
}

export const hasDeadline = ({ spec }: Deployment): boolean =>
  spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1

/** Whether every pod is of the present template, available, and none is left over. */
export const isComplete = (deployment: Deployment, status: DeploymentStatus | undefined): boolean =>
  (status?.updatedReplicas ?? 0) === wanted(deployment) &&
  (status?.replicas ?? 0) === wanted(deployment) &&
  (status?.availableReplicas ?? 0) === wanted(deployment) &&
  (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)

/** The status with what a rollout has to say: whether it goes on, is through, or is stuck, and whether pods cannot be made. */
export function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  now: Date,
): DeploymentStatus {
  const failure = failureOf(newSet, old)
  const progress = progressOf(deployment, status, newSet, now)
  const rest = withoutCondition(progress, 'ReplicaFailure')
  return { ...status, conditions: failure ? withCondition(progress, failure) : rest }
}

function progressOf(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  now: Date,
): DeploymentCondition[] {
  const conditions = status.conditions ?? []
  if (!hasDeadline(deployment)) return withoutCondition(conditions, 'Progressing')
  const current = conditionOf(deployment.status?.conditions, 'Progressing')
  const through = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (through) return conditions
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(conditions, condition('Progressing', 'True', 'NewReplicaSetAvailable', message, now))
  }
  if (hasMoved(deployment.status, status)) {
    // Put anew even if it says the same, as its lastUpdateTime is what the deadline counts from.
    const moved = condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now)
    const since = current?.status === 'True' && current.lastTransitionTime
    return [...withoutCondition(conditions, 'Progressing'), since ? { ...moved, lastTransitionTime: since } : moved]
  }
  if (isStuck(deployment, conditions, now)) {
    const message = `${subject} has timed out progressing.`
    return withCondition(conditions, condition('Progressing', 'False', 'ProgressDeadlineExceeded', message, now))
  }
  return conditions
}

/** Whether there is more of the new, less of the old, or more that works. */
function hasMoved(before: DeploymentStatus = {}, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

function isStuck(deployment: Deployment, conditions: readonly DeploymentCondition[], now: Date): boolean {
  const progress = conditionOf(conditions, 'Progressing')
  if (!progress || progress.reason === 'NewReplicaSetAvailable') return false
  return progress.reason === 'ProgressDeadlineExceeded' || deadlineMs(deployment, progress) < now.getTime()
}

const deadlineMs = (deployment: Deployment, { lastUpdateTime }: DeploymentCondition): number =>
  Date.parse(lastUpdateTime ?? '') + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000

/** How long until a rollout that does not move must be called stuck; undefined where there is nothing to wait for. */
export function untilDeadlineMs(deployment: Deployment, now: Date): number | undefined {
  const progress = conditionOf(deployment.status?.conditions, 'Progressing')
  if (!hasDeadline(deployment) || !progress || progress.reason === 'ProgressDeadlineExceeded') return undefined
  if (isComplete(deployment, deployment.status)) return undefined
  // One second more, as times are kept in whole seconds.
  return Math.max(0, deadlineMs(deployment, progress) - now.getTime()) + 1000
}

/** Why pods cannot be made: first of all those of the new set. */
function failureOf(newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): DeploymentCondition | undefined {
  for (const set of newSet ? [newSet, ...old] : old) {
    const failure = conditionOf(set.status?.conditions, 'ReplicaFailure')
    if (failure) return { ...failure, ...(failure.lastTransitionTime && { lastUpdateTime: failure.lastTransitionTime }) }
  }
  return undefined
}
