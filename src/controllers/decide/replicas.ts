import type { ReplicaSetCondition, ReplicaSetStatus } from '#api/apps/v1.ts'
import type { Pod } from '#api/core/v1.ts'
import type { LabelSelector } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { conditionOf, withCondition, withoutCondition } from '#machinery/conditions.ts'
import { type Labels, selectorFromLabels } from '#machinery/labels.ts'
import { timestamp } from '#machinery/time.ts'
import { availableIn, isReady } from './pods.ts'

/** What ReplicaSets and ReplicationControllers have in common. */
export interface Replicas extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly selector?: LabelSelector | Labels
    readonly template?: { readonly metadata?: KubeObject['metadata']; readonly spec?: unknown }
  }
  readonly status?: ReplicaSetStatus
}

/** What became of the attempt to have as many pods as wanted. */
export interface Outcome {
  /** Pods that are active, as they were before the attempt. */
  readonly active: readonly Pod[]
  /** How many are on their way out; undefined where the kind does not say. */
  readonly terminating: number | undefined
  /** Why the attempt failed, if it did. */
  readonly failure: Error | undefined
}

/** The status of a set, given its pods. */
export function statusOf(set: Replicas, { active, terminating, failure }: Outcome, now: Date): ReplicaSetStatus {
  const template = selectorFromLabels(set.spec?.template?.metadata?.labels)
  const minReadySeconds = set.spec?.minReadySeconds ?? 0
  const conditions = conditionsOf(set, active.length, failure, now)
  const counts = {
    fullyLabeledReplicas: active.filter(({ metadata }) => template.matches(metadata.labels)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter(pod => availableIn(pod, minReadySeconds, now) === 0).length,
    observedGeneration: set.metadata.generation ?? 0,
  }
  return {
    replicas: active.length,
    // Upstream's encoding leaves zeros out.
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(conditions.length > 0 && { conditions }),
  }
}

function conditionsOf(set: Replicas, active: number, failure: Error | undefined, now: Date): ReplicaSetCondition[] {
  const before = set.status?.conditions
  if (!failure) return withoutCondition(before, 'ReplicaFailure')
  if (conditionOf(before, 'ReplicaFailure')) return [...(before ?? [])]
  const missing = active < (set.spec?.replicas ?? 1)
  return withCondition(before, {
    type: 'ReplicaFailure',
    status: 'True',
    reason: missing ? 'FailedCreate' : 'FailedDelete',
    message: failure.message,
    lastTransitionTime: timestamp(now),
  })
}

/** When a set is worth another look because a ready pod will have been ready for long enough; undefined: never. */
export function nextAvailabilityMs(set: Replicas, active: readonly Pod[], now: Date): number | undefined {
  const waits = active.map(pod => availableIn(pod, set.spec?.minReadySeconds ?? 0, now)).filter(ms => ms > 0 && ms < Infinity)
  return waits.length > 0 ? Math.min(...waits) : undefined
}
