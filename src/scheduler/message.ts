import type { NodeInfo, PodInfo } from './node-info.ts'
import type { Unplaced } from './schedule.ts'

/** Says why a pod found no node, in the words users know from `kubectl describe pod`. */
export function explain(pod: PodInfo, why: Unplaced): string {
  if (why.nodes === 0) return 'no nodes available to schedule pods'
  const reasons = new Histogram()
  for (const rejection of why.rejections.values()) for (const reason of rejection.reasons) reasons.count(reason)
  if (why.others) reasons.count(why.others, why.nodes - why.rejections.size)
  const said = why.hopeless ?? reasons.toString()
  return `${none(why.nodes)} ${said}. no new claims to deallocate, preemption: ${preemption(pod, why)}`
}

const none = (nodes: number): string => `0/${nodes} nodes are available:`

/** Nothing is ever evicted, so where upstream would find victims this says so. */
function preemption(pod: PodInfo, { nodes, rejections }: Unplaced): string {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const reasons = new Histogram()
  let open = 0
  for (const [node, { lasting }] of rejections) {
    if (lasting) continue
    open++
    reasons.count(hasVictims(node, pod.priority) ? 'Preemption is not supported' : 'No preemption victims found for incoming pod')
  }
  if (nodes > open) reasons.count('Preemption is not helpful for scheduling', nodes - open)
  return `${none(nodes)} ${reasons}.`
}

function hasVictims({ pods }: NodeInfo, priority: number): boolean {
  for (const pod of pods.values()) if (pod.priority < priority) return true
  return false
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
