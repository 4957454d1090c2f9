import type { Container, Pod } from '#api/core/v1.ts'
import { add, compare } from './quantity.ts'

/** Amounts by resource, as objects write them. */
export type Amounts = Readonly<Record<string, string>>

/** Of which resources a pod may say how much all its containers have together. */
const ofWhole = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

/** What a pod asks for at most at one time, its overhead included (upstream: component-helpers/resource, PodRequests). Exact. */
export const podRequests = (pod: Pod): Amounts => total(pod, 'requests')

/** The same of limits. The overhead counts only where there is a limit. */
export const podLimits = (pod: Pod): Amounts => total(pod, 'limits')

function total({ spec }: Pod, which: 'requests' | 'limits'): Amounts {
  const own = (container: Container): Amounts => container.resources?.[which] ?? {}
  let sum: Amounts = {}
  let sidecars: Amounts = {}
  let peak: Amounts = {}
  for (const container of spec.containers ?? []) sum = plus(sum, own(container))
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      sum = plus(sum, own(container))
      sidecars = plus(sidecars, own(container))
      peak = highest(peak, sidecars)
    } else peak = highest(peak, plus(sidecars, own(container)))
  }
  sum = highest(sum, peak)
  const whole = Object.entries(spec.resources?.[which] ?? {}).filter(([name]) => ofWhole(name))
  sum = { ...sum, ...Object.fromEntries(whole) }
  const overhead = Object.entries(spec.overhead ?? {}).filter(([name]) => which === 'requests' || name in sum)
  return overhead.length > 0 ? plus(sum, Object.fromEntries(overhead)) : sum
}

/** The sum of two lists; what is in one only stays. */
export function plus(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, string> = { ...a }
  for (const [name, amount] of Object.entries(b)) sum[name] = name in a ? add(a[name]!, amount) : amount
  return sum
}

function highest(a: Amounts, b: Amounts): Amounts {
  const found: Record<string, string> = { ...a }
  for (const [name, amount] of Object.entries(b)) if (!(name in a) || compare(a[name]!, amount) < 0) found[name] = amount
  return found
}
