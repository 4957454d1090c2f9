import type { Pod } from '#api/core/v1.ts'
import { isActive, isReady, readiness } from './pods.ts'

const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/** What is compared of two pods, in order of weight; the smaller goes first. */
type Criterion = (a: Pod, b: Pod) => number

/**
 * Which of a controller's pods to delete when there are too many: those that would be missed least. `related` are the
 * pods of all sets of the same owner: a pod that shares its node with many of them is dispensable.
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: Date): readonly Pod[] {
  if (count >= pods.length) return pods
  const neighbours = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? ''
    if (isActive(pod)) neighbours.set(node, (neighbours.get(node) ?? 0) + 1)
  }
  const crowd = (pod: Pod): number => neighbours.get(pod.spec?.nodeName ?? '') ?? 0
  const criteria: readonly Criterion[] = [
    (a, b) => Number(isPlaced(a)) - Number(isPlaced(b)),
    (a, b) => phaseOf(a) - phaseOf(b),
    (a, b) => Number(isReady(a)) - Number(isReady(b)),
    (a, b) => deletionCost(a) - deletionCost(b),
    (a, b) => crowd(b) - crowd(a),
    (a, b) => youngerFirst(readySince(a), readySince(b), a, b, now),
    (a, b) => restarts(b) - restarts(a),
    (a, b) => sidecarRestarts(b) - sidecarRestarts(a),
    (a, b) => youngerFirst(timeOf(a.metadata.creationTimestamp), timeOf(b.metadata.creationTimestamp), a, b, now),
  ]
  const byWeight = (a: Pod, b: Pod): number => {
    for (const compare of criteria) {
      const difference = compare(a, b)
      if (difference !== 0) return difference
    }
    return 0
  }
  return [...pods].sort(byWeight).slice(0, count)
}

const isPlaced = (pod: Pod): boolean => Boolean(pod.spec?.nodeName)

const phaseOf = (pod: Pod): number => phases[pod.status?.phase ?? ''] ?? 0

/** What somebody says it costs to lose the pod; 0 where it is not a 32-bit number, written plainly. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? ''
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return 0
  const cost = Number(text)
  return cost === (cost | 0) ? cost : 0
}

const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount))

function sidecarRestarts(pod: Pod): number {
  const sidecars = new Set(pod.spec?.initContainers?.filter(each => each.restartPolicy === 'Always').map(({ name }) => name))
  const counts = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))
  return Math.max(0, ...counts.map(({ restartCount }) => restartCount))
}

const timeOf = (text: string | undefined | null): number => (text ? Date.parse(text) : 0)

/** 0 where the pod is not ready, or does not say since when. */
const readySince = (pod: Pod): number => (isReady(pod) ? timeOf(readiness(pod)?.lastTransitionTime) : 0)

/**
 * Ages are compared by order of magnitude, so that among pods of about the same age chance (the uid) decides, and not
 * always the newest node loses. An unknown time is the youngest.
 */
function youngerFirst(a: number, b: number, podA: Pod, podB: Pod, now: Date): number {
  if (a === b) return 0
  if (a === 0 || b === 0) return a - b
  const difference = magnitude(now.getTime() - a) - magnitude(now.getTime() - b)
  return difference || ((podA.metadata.uid ?? '') < (podB.metadata.uid ?? '') ? -1 : 1)
}

/** Of nanoseconds, as upstream counts. */
const magnitude = (ms: number): number => (ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1)
