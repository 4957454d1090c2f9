import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { explain } from './message.ts'
import { type PodInfo, podInfo } from './node-info.ts'
import { plugins } from './plugins/index.ts'
import { Budgets } from './preemption/budgets.ts'
import { type Preemption, preempt } from './preemption/preempt.ts'
import { schedule } from './schedule.ts'
import type { Ledger } from './snapshot.ts'

/** When it is, for tests: 1970-01-01T01:00:00Z. */
export const now = 3_600_000

/** What comes of a pod that would be placed now: its node, or whom it would preempt. */
export function outcome(
  pod: PodInfo,
  ledger: Ledger,
  budgets: readonly PodDisruptionBudget[] = [],
): string | { readonly message: string; readonly preemption: Preemption } {
  const result = schedule(pod, ledger, plugins, { start: 0, random: () => 0.99 })
  if (result.node) return result.node.name
  const preemption = preempt(pod, result, { ledger, plugins, budgets: new Budgets(() => budgets), now, random: () => 0 })
  return { message: explain(result, preemption), preemption }
}

/** The node that a pod would be placed on now, or why there is none. */
export function place(pod: Pod, ledger: Ledger): string {
  const found = outcome(podInfo(pod), ledger)
  return typeof found === 'string' ? found : found.message
}

/** Runs a pod on a node. */
export const running = (ledger: Ledger, node: string, pod: Pod): void =>
  ledger.putPod({ ...pod, spec: { ...pod.spec, nodeName: node } })
