import type { Pod } from '#api/core/v1.ts'
import type { Clock } from '#machinery/clock.ts'
import { evaluate, reasonOf } from './evaluate.ts'
import { type Standard, shown } from './policy.ts'

/** No more pods than this are looked at, and no longer than this. */
const mostPods = 3000
const longestMs = 1000

/** What is to be said of the pods that stand in a namespace when a new standard is enforced: they stay, but would not come in again. */
export function standing(
  pods: readonly Readonly<Pod>[],
  namespace: string,
  standard: Standard,
  exempt: ReadonlySet<string>,
  clock: Clock,
): readonly string[] {
  const queue = oneOfEachFirst(pods.filter(({ spec }) => !exempt.has(spec.runtimeClassName ?? '')))
  const deadline = clock.now().getTime() + longestMs
  const byReason = new Map<string, string[]>()
  let looked = 0
  for (const { metadata, spec } of queue.slice(0, mostPods)) {
    looked++
    const findings = evaluate(standard, { annotations: metadata.annotations ?? {}, spec })
    const reason = reasonOf(findings)
    if (reason) byReason.set(reason, [...(byReason.get(reason) ?? []), metadata.name!])
    if (clock.now().getTime() > deadline) break
  }
  const sentences: string[] = []
  if (looked < queue.length)
    sentences.push(`new PodSecurity enforce level only checked against the first ${looked} of ${queue.length} existing pods`)
  if (byReason.size > 0)
    sentences.push(`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${shown(standard)}"`)
  return [...sentences, ...[...byReason].map(([reason, names]) => `${together(names)}: ${reason}`).sort()]
}

/** `a`, `a (and 1 other pod)`, `a (and 2 other pods)` */
function together(names: readonly string[]): string {
  const [first, ...others] = names.toSorted()
  return others.length === 0 ? first! : `${first} (and ${others.length} other pod${others.length === 1 ? '' : 's'})`
}

/** Of the pods of one controller, which are much alike, all but one come last. */
function oneOfEachFirst(pods: readonly Readonly<Pod>[]): readonly Readonly<Pod>[] {
  const seen = new Set<string>()
  const first: Readonly<Pod>[] = []
  const rest: Readonly<Pod>[] = []
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid
    if (owner === undefined || !seen.has(owner)) first.push(pod)
    else rest.push(pod)
    if (owner !== undefined) seen.add(owner)
  }
  return [...first, ...rest]
}
