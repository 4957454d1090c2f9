import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { StatusError } from '#api/status.ts'
import { clone } from '#machinery/clone.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { disruptionConditions, disruptionFailure } from '#machinery/disruption.ts'
import { selectorOf } from '#machinery/labels.ts'
import { timestamp } from '#machinery/time.ts'

/**
 * What stands between a pod and its eviction: nothing (`free`), nothing as long as it stays as it is (`unchanged`), or the budget that must
 * be charged. Throws Forbidden where several budgets are over it, in the words that upstream answers with as 500: it is no fault of ours.
 */
export function guardOf(pod: Readonly<Pod>, budgets: readonly Readonly<PodDisruptionBudget>[]): Guard {
  const { phase = 'Pending', conditions } = pod.status ?? {}
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp) return 'free'
  if (phase === 'Pending') return 'unchanged'
  const [budget, ...more] = budgets.filter(({ spec }) => selectorOf(spec?.selector).matches(pod.metadata.labels))
  if (!budget) return 'free'
  if (more.length > 0)
    throw new StatusError(
      'Forbidden',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  if (conditionOf(conditions, 'Ready')?.status === 'True') return budget
  // What is not ready does not count as healthy, so that nothing is lost with it.
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {}
  const isSpare =
    budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  return isSpare ? 'unchanged' : budget
}

export type Guard = 'free' | 'unchanged' | Readonly<PodDisruptionBudget>

/** More evictions than this may not wait for the disruption controller. */
const mostDisrupted = 2000

/** The budget with one more disruption on its account. Throws TooManyRequests if it allows none now. */
export function charged(budget: Readonly<PodDisruptionBudget>, pod: string, now: Date): PodDisruptionBudget {
  const name = budget.metadata.name ?? ''
  const status = budget.status ?? {}
  const { disruptionsAllowed = 0, disruptedPods = {}, desiredHealthy = 0, currentHealthy = 0, observedGeneration = 0 } = status
  if (observedGeneration < (budget.metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  if (disruptionsAllowed < 0) throw forbidden(name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > mostDisrupted)
    throw forbidden(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (disruptionsAllowed === 0) {
    const failure = disruptionFailure(budget)
    throw tooMany(
      failure === undefined
        ? `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
        : `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failure}`,
    )
  }
  const left = clone({
    ...status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod]: timestamp(now) },
  })
  if (left.disruptionsAllowed === 0) left.conditions = disruptionConditions(left, now)
  return { ...budget, status: left }
}

const forbidden = (name: string, why: string): StatusError =>
  new StatusError('Forbidden', `poddisruptionbudget.policy "${name}" is forbidden: ${why}`)

/** Not now; `retryAfterSeconds` where it is known when. */
const tooMany = (message: string, retryAfterSeconds?: number): StatusError =>
  new StatusError('TooManyRequests', `Cannot evict pod as it would violate the pod's disruption budget.`, {
    causes: [{ reason: 'DisruptionBudget', message, field: '' }],
    ...(retryAfterSeconds && { retryAfterSeconds }),
  })
