import type { Container, ContainerStatus, Pod, PodStatus } from '#api/core/v1.ts'
import { isSidecar, restarts } from './restart.ts'

/** Whether a pod has ended for good. */
export const isTerminal = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

/** Whether a pod has been active for longer than its activeDeadlineSeconds. */
export function isOverdue({ spec }: Readonly<Pod>, startTime: string | undefined, now: Date): boolean {
  const seconds = spec?.activeDeadlineSeconds
  return seconds !== undefined && startTime !== undefined && now.getTime() - Date.parse(startTime) >= seconds * 1000
}

/** Whether nothing of a pod may run any more: it was deleted, has ended, or took too long. */
export const isDoomed = (pod: Readonly<Pod>, status: Readonly<PodStatus>, now: Date): boolean =>
  pod.metadata.deletionTimestamp !== undefined || isTerminal(status.phase) || isOverdue(pod, status.startTime, now)

/** The containers of a pod, told apart by what became of them. */
interface Count {
  /** Running. */
  running: number
  /** Never started yet. */
  waiting: number
  /** Ended, and about to be started again or not. */
  stopped: number
  stoppedForGood: number
  succeeded: number
}

/**
 * A pod's phase from the states of its containers. `isEnded`: everything was told to stop and has, so that nothing will be
 * started again whatever the restart policy says.
 */
export function phaseOf(
  pod: Readonly<Pod>,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  isEnded: boolean,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const inits = pod.spec?.initContainers ?? []
  const hasStarted = regular.some(({ state }) => state?.running)
  const initial = initOf(pod, inits, init)
  if (initial === 'failed') return 'Failed'
  const sidecars = inits.filter(isSidecar)
  const waitingSidecars = sidecars.filter(({ name }) => !isUp(init.find(each => each.name === name)))
  if (!isEnded && (initial === 'pending' || (waitingSidecars.length > 0 && !hasStarted && !hasRun(regular)))) return 'Pending'
  const count = countOf(pod, regular)
  if (count.waiting > 0) return isEnded ? 'Failed' : 'Pending'
  if (count.running > 0 || sidecars.some(({ name }) => init.find(each => each.name === name)?.state?.running)) return 'Running'
  if (!isEnded && count.stopped > count.stoppedForGood) return 'Running'
  return count.stopped === count.succeeded && count.stopped > 0 ? 'Succeeded' : 'Failed'
}

/** How far the init containers that run to their end have got. */
function initOf(
  pod: Readonly<Pod>,
  inits: readonly Container[],
  statuses: readonly ContainerStatus[],
): 'done' | 'pending' | 'failed' {
  let outcome: 'done' | 'pending' = 'done'
  for (const container of inits) {
    if (isSidecar(container)) continue
    const status = statuses.find(({ name }) => name === container.name)
    const ended = status?.state?.terminated ?? (status?.state?.waiting && status.lastState?.terminated)
    if (ended && ended.exitCode !== 0 && !restarts(pod, container, ended.exitCode)) return 'failed'
    if (!ended) outcome = 'pending'
  }
  return outcome
}

function countOf(pod: Readonly<Pod>, statuses: readonly ContainerStatus[]): Count {
  const count: Count = { running: 0, waiting: 0, stopped: 0, stoppedForGood: 0, succeeded: 0 }
  for (const container of pod.spec?.containers ?? []) {
    const status = statuses.find(({ name }) => name === container.name)
    const ended = status?.state?.terminated ?? (status?.state?.waiting && status.lastState?.terminated)
    if (status?.state?.running) count.running++
    else if (!ended) count.waiting++
    else {
      count.stopped++
      if (!restarts(pod, container, ended.exitCode)) count.stoppedForGood++
      if (status?.state?.terminated?.exitCode === 0) count.succeeded++
    }
  }
  return count
}

const isUp = (status: ContainerStatus | undefined): boolean => status?.started === true

/** Whether any container has ever run: a pod that was up never goes back to Pending for a sidecar's sake. */
const hasRun = (statuses: readonly ContainerStatus[]): boolean =>
  statuses.some(({ state, lastState }) => state?.terminated ?? lastState?.terminated)
