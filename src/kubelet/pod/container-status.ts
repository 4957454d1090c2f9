import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from '#api/core/v1.ts'
import type { ObservedContainer, ObservedPod } from '#kubelet/runtime.ts'
import { timestamp } from '#machinery/time.ts'
import { type Known, waitingFor } from './known.ts'
import { attemptsOf, crashWaitMs, durationText, isSidecar, podText, restarts, restartTime } from './restart.ts'

/** What the statuses of a pod's containers are made of. */
export interface Seen {
  readonly pod: Readonly<Pod>
  readonly observed: ObservedPod | undefined
  readonly known: Known
  /** Nothing of the pod may be started any more. */
  readonly isDoomed: boolean
  readonly now: Date
}

/** The status of one container; `before` is the last one that was written. */
export function containerStatus(
  seen: Seen,
  container: Container,
  before: ContainerStatus | undefined,
  kind: 'init' | 'regular' | 'ephemeral',
): ContainerStatus {
  const attempts = attemptsOf(seen.observed, container.name)
  const [last, previous] = attempts
  const isSame = last !== undefined && before?.containerID === last.id
  const id = last?.id ?? before?.containerID
  const base = {
    name: container.name,
    image: last?.image ?? before?.image ?? container.image ?? '',
    imageID: last?.imageId ?? before?.imageID ?? '',
    ...(id && { containerID: id }),
    ...(container.resources && Object.keys(container.resources).length > 0 && { resources: container.resources }),
    ...(container.resources?.requests && { allocatedResources: container.resources.requests }),
    ...mounts(container),
  }
  if (!last) return missing(seen, base, before)
  const lastState: ContainerState =
    previous?.state === 'exited' ? { terminated: terminated(seen, previous) } : (before?.lastState ?? {})
  const { state, hidden } = stateOf(seen, container, attempts, kind)
  const { startup, readiness } = seen.known.verdicts(last.id)
  const isRunning = state.running !== undefined
  const started = isRunning && (!container.startupProbe || (startup ?? (isSame && before.started === true)))
  const isReady = started && (!container.readinessProbe || (readiness ?? (isSame && before.ready)))
  const isDone = kind === 'init' && !isSidecar(container) && state.terminated?.exitCode === 0
  return {
    ...base,
    restartCount: Math.max(last.attempt, isSame ? before.restartCount : 0),
    state,
    lastState: hidden ? { terminated: hidden } : lastState,
    ready: isDone || (isReady && kind !== 'ephemeral' && (kind === 'regular' || isSidecar(container))),
    started,
  }
}

/** A container that will be started again soon waits; what it was before is then its last state. */
function stateOf(
  seen: Seen,
  container: Container,
  attempts: readonly ObservedContainer[],
  kind: 'init' | 'regular' | 'ephemeral',
): { state: ContainerState; hidden?: ContainerStateTerminated } {
  const { pod, known, isDoomed, now } = seen
  const last = attempts[0]!
  if (last.state === 'running') return { state: { running: { startedAt: timestamp(last.startedAt ?? last.createdAt) } } }
  if (last.state === 'created') return { state: { waiting: { reason: 'ContainerCreating' } } }
  const ended = terminated(seen, last)
  const isFinished = kind === 'ephemeral' || (kind === 'init' && !isSidecar(container) && last.exitCode === 0)
  if (isDoomed || isFinished || !restarts(pod, container, last.exitCode ?? 0)) return { state: { terminated: ended } }
  const failure = known.failure(container.name)
  if (failure) return { state: { waiting: waitingFor(failure, now) }, hidden: ended }
  if (now >= restartTime(attempts)) return { state: { terminated: ended } }
  const message = `back-off ${durationText(crashWaitMs(attempts))} restarting failed container=${container.name} pod=${podText(pod)}`
  return { state: { waiting: { reason: 'CrashLoopBackOff', message } }, hidden: ended }
}

/** A container that is not there: not yet made, or lost. */
function missing(
  { pod, known, isDoomed, now }: Seen,
  base: ContainerStatus | object,
  before: ContainerStatus | undefined,
): ContainerStatus {
  const status = { ...(base as ContainerStatus), ready: false, started: false, restartCount: before?.restartCount ?? 0 }
  if (before?.state?.terminated) return { ...status, state: before.state, lastState: before.lastState ?? {} }
  const failure = known.failure(status.name)
  const reason = pod.spec?.initContainers?.length ? 'PodInitializing' : 'ContainerCreating'
  const waiting = failure ? waitingFor(failure, now) : { reason }
  if (!before?.state?.running) return { ...status, state: { waiting }, lastState: before?.lastState ?? {} }
  const lost = {
    reason: 'ContainerStatusUnknown',
    exitCode: 137,
    message: 'The container could not be located when the pod was deleted.  The container used to be Running',
  }
  if (isDoomed) return { ...status, state: { terminated: lost }, lastState: before.lastState ?? {} }
  return { ...status, restartCount: status.restartCount + 1, state: { waiting }, lastState: { terminated: lost } }
}

function terminated({ known }: Seen, container: ObservedContainer): ContainerStateTerminated {
  const { id, exitCode, reason, startedAt, finishedAt } = container
  const message = container.message || known.lastWords(id)
  return {
    containerID: id,
    exitCode: exitCode ?? 0,
    reason: reason ?? (exitCode ? 'Error' : 'Completed'),
    ...(message && { message }),
    ...(startedAt && { startedAt: timestamp(startedAt) }),
    ...(finishedAt && { finishedAt: timestamp(finishedAt) }),
  }
}

function mounts({ volumeMounts }: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (!volumeMounts?.length) return {}
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }),
    })),
  }
}
