import type { Pod, PodCondition } from '#api/core/v1.ts'

/** The condition that says whether a pod is ready to serve. */
export const readiness = (pod: Pod): PodCondition | undefined => pod.status?.conditions?.find(({ type }) => type === 'Ready')

export const isReady = (pod: Pod): boolean => readiness(pod)?.status === 'True'

/** Whether all its containers have ended for good. */
export const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Whether a pod counts as one that works, or will: neither ended nor about to. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp

/** Whether a pod is on its way out but not yet ended. */
export const isTerminating = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined

/** How long until a pod will have been ready for long enough, in ms: 0 if it has, Infinity if it is not ready. */
export function availableIn(pod: Pod, minReadySeconds: number, now: Date): number {
  const ready = readiness(pod)
  if (ready?.status !== 'True') return Infinity
  if (minReadySeconds === 0) return 0
  if (!ready.lastTransitionTime) return Infinity
  return Math.max(0, Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - now.getTime())
}
