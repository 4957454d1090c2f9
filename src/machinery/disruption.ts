import type { Condition } from '#api/meta/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { timestamp } from './time.ts'

const type = 'DisruptionAllowed'

/** A budget's conditions once its status says how many disruptions it allows; `failure`: why nobody knows (upstream: pkg/apis/policy/util). */
export function disruptionConditions(
  { conditions = [], disruptionsAllowed = 0, observedGeneration }: NonNullable<PodDisruptionBudget['status']>,
  now: Date,
  failure?: string,
): Condition[] {
  const before = conditions.find(each => each.type === type)
  const status = failure === undefined && disruptionsAllowed > 0 ? 'True' : 'False'
  const since = before?.status === status ? before.lastTransitionTime : timestamp(now)
  const condition: Condition = {
    type,
    status,
    lastTransitionTime: since,
    reason: failure !== undefined ? 'SyncFailed' : status === 'True' ? 'SufficientPods' : 'InsufficientPods',
    message: failure ?? '',
    ...(observedGeneration !== undefined && { observedGeneration }),
  }
  return before ? conditions.map(each => (each === before ? condition : each)) : [...conditions, condition]
}

/** Why nobody knows how many disruptions a budget allows; nothing where that is known. */
export const disruptionFailure = ({ status }: PodDisruptionBudget): string | undefined =>
  status?.conditions?.find(each => each.type === type && each.status === 'False' && each.reason === 'SyncFailed')?.message
