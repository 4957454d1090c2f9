import type { Rejection } from './plugin.ts'
import type { Preemption } from './preemption/preempt.ts'
import type { Unplaced } from './schedule.ts'

/** Says why a pod found no node, and that preempting others does not help, in the words users know from `kubectl describe pod`. */
export function explain(why: Unplaced, preemption: Preemption): string {
  if (why.nodes === 0) return 'no nodes available to schedule pods'
  const reasons = told(why.rejections)
  if (why.others) reasons.count(why.others, why.nodes - why.rejections.size)
  const said = `${none(why.nodes)} ${why.hopeless ?? reasons}.`
  return 'candidate' in preemption ? said : `${said} no new claims to deallocate, preemption: ${useless(preemption, why.nodes)}`
}

const none = (nodes: number): string => `0/${nodes} nodes are available:`

function useless(preemption: Exclude<Preemption, { readonly candidate: unknown }>, nodes: number): string {
  if ('ineligible' in preemption) return preemption.ineligible
  const reasons = told(preemption.tried)
  if (nodes > preemption.tried.size) reasons.count('Preemption is not helpful for scheduling', nodes - preemption.tried.size)
  return `${none(nodes)} ${reasons}.`
}

function told(rejections: ReadonlyMap<unknown, Rejection>): Histogram {
  const reasons = new Histogram()
  for (const rejection of rejections.values()) for (const reason of rejection.reasons) reasons.count(reason)
  return reasons
}

/** How often each reason occurs; sorted as text when written. */
class Histogram {
  readonly #counts: Map<string, number> = new Map()

  count(reason: string, times = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + times)
  }

  toString(): string {
    const lines = [...this.#counts].map(([reason, times]) => `${times} ${reason}`)
    return lines.sort().join(', ')
  }
}
