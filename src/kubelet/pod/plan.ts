import type { Container, Pod, PodStatus } from '#api/core/v1.ts'
import type { ObservedContainer, ObservedPod, Sandbox } from '#kubelet/runtime.ts'
import type { Failure, Known } from './known.ts'
import { isDoomed } from './phase.ts'
import { attemptsOf, hashOf, isSidecar, restarts, restartsAfterProbe, restartTime } from './restart.ts'

/** What is to be done to a pod next. Stops may be done side by side, all else in order. */
export type Step =
  | { readonly do: 'create sandbox'; readonly attempt: number }
  | { readonly do: 'start'; readonly container: Container; readonly attempt: number; readonly sandbox: Sandbox }
  | { readonly do: 'stop'; readonly container: ObservedContainer; readonly graceSeconds: number; readonly message: string }
  | { readonly do: 'remove container'; readonly id: string }
  | { readonly do: 'remove sandbox'; readonly id: string }
  /** The pod was deleted and nothing of it is left: it may go from the API. */
  | { readonly do: 'forget' }
  /** Nothing to do for a container before `until`: it keeps falling over, or could not be started. */
  | {
      readonly do: 'wait'
      readonly until: Date
      readonly crashed?: ObservedContainer
      readonly failed?: Failure & { container: string }
    }

/** What a plan is made of. */
export interface Situation {
  readonly pod: Readonly<Pod>
  readonly observed: ObservedPod | undefined
  /** The pod's status as of now (see status.ts). */
  readonly status: Readonly<PodStatus>
  readonly known: Known
  readonly now: Date
}

/** Upstream's least time between SIGTERM and SIGKILL. */
const leastGraceSeconds = 2

/** What to do next so that what runs becomes what was asked. Pure: no clock, no runtime, no memory of its own. */
export function* plan(situation: Situation): Generator<Step> {
  if (isDoomed(situation.pod, situation.status, situation.now)) return yield* end(situation)
  const { observed } = situation
  if (isFinished(situation)) return yield* end(situation)
  const [newest, ...older] = observed?.sandboxes ?? []
  for (const { id } of older) yield { do: 'remove sandbox', id }
  if (newest?.state !== 'ready') return yield* newSandbox(situation, newest)
  yield* removeOld(situation)
  for (const ephemeral of situation.pod.spec?.ephemeralContainers ?? [])
    if (attemptsOf(observed, ephemeral.name).length === 0) yield start(situation, ephemeral as Container, newest)
  if (!(yield* initialize(situation, newest))) return
  for (const container of situation.pod.spec?.containers ?? []) yield* keep(situation, container, newest)
  yield* deadline(situation)
}

/** Whether every container has ended for good, so that sidecars have nobody left to serve. */
const isFinished = ({ pod, observed }: Situation): boolean =>
  (pod.spec.containers ?? []).every(container => {
    const [last] = attemptsOf(observed, container.name)
    return last?.state === 'exited' && !restarts(pod, container, last.exitCode ?? 0)
  })

/** Stops what runs, sidecars last and in reverse; then the network goes, and of a deleted pod everything. */
function* end(situation: Situation): Generator<Step> {
  const { pod, observed } = situation
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const running = observed?.containers.filter(({ state }) => state === 'running') ?? []
  const graceSeconds = graceLeft(situation)
  const others = running.filter(({ name }) => !sidecars.includes(name))
  const last = sidecars.findLast(name => running.some(each => each.name === name))
  const now = others.length > 0 ? others : running.filter(({ name }) => name === last)
  for (const container of now) yield { do: 'stop', container, graceSeconds, message: `Stopping container ${container.name}` }
  if (running.length > 0) return
  if (pod.metadata.deletionTimestamp) for (const { id } of observed?.containers ?? []) yield { do: 'remove container', id }
  for (const { id } of observed?.sandboxes ?? []) yield { do: 'remove sandbox', id }
  const isEmpty = !observed || observed.containers.length + observed.sandboxes.length === 0
  if (pod.metadata.deletionTimestamp && isEmpty) yield { do: 'forget' }
}

/** What is left of the grace a deleted pod was given; the whole of it for one that only ended. */
function graceLeft({ pod, now }: Situation): number {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata
  const whole = deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
  if (!deletionTimestamp) return Math.max(leastGraceSeconds, whole)
  const left = Math.ceil((Date.parse(deletionTimestamp) - now.getTime()) / 1000)
  return Math.min(Math.max(whole, leastGraceSeconds), Math.max(left, leastGraceSeconds))
}

/** A sandbox that broke takes its containers with it; a pod that may not run twice does not get another. */
function* newSandbox(situation: Situation, broken: Sandbox | undefined): Generator<Step> {
  const { pod, observed } = situation
  const running = observed?.containers.filter(({ state }) => state === 'running') ?? []
  for (const container of running)
    yield { do: 'stop', container, graceSeconds: graceLeft(situation), message: `Stopping container ${container.name}` }
  if (running.length > 0) return
  if (broken && observed!.containers.length > 0) {
    const wanted = (pod.spec?.containers ?? []).filter(container => {
      const [last] = attemptsOf(observed, container.name)
      return !last || restarts(pod, container, last.exitCode ?? 0)
    })
    if (wanted.length === 0 || pod.spec?.restartPolicy === 'Never') return
  }
  if (broken) yield { do: 'remove sandbox', id: broken.id }
  yield { do: 'create sandbox', attempt: broken ? broken.attempt + 1 : 0 }
}

/** Of each container the newest attempt stays, and the one before, for `kubectl logs --previous`. */
function* removeOld({ observed }: Situation): Generator<Step> {
  const seen = new Map<string, number>()
  for (const { id, name, state } of observed?.containers ?? []) {
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    if (nth > 2 && state !== 'running') yield { do: 'remove container', id }
  }
}

/** Runs the init containers one after the other, and keeps sidecars running. Returns whether the others may start. */
function* initialize(situation: Situation, sandbox: Sandbox): Generator<Step, boolean> {
  const { pod, observed, known } = situation
  const here = new Set(observed?.containers.filter(({ sandboxId }) => sandboxId === sandbox.id).map(({ name }) => name))
  const inits = pod.spec?.initContainers ?? []
  const isInitialized = (pod.spec?.containers ?? []).some(({ name }) => here.has(name))
  for (const [index, container] of inits.entries()) {
    const isPast = isInitialized || inits.slice(index + 1).some(({ name }) => here.has(name))
    const last = attemptsOf(observed, container.name).find(({ sandboxId }) => sandboxId === sandbox.id)
    if (isSidecar(container)) {
      yield* keep(situation, container, sandbox)
      const isUp = last?.state === 'running' && (!container.startupProbe || known.verdicts(last.id).startup === true)
      if (!isUp && !isPast) return false
    } else if (!isPast && !(last?.state === 'exited' && last.exitCode === 0)) {
      if (last?.state !== 'running') yield* again(situation, container, sandbox)
      return false
    }
  }
  return true
}

/** A container that should run: starts it, starts it again, or stops it so that it can be started again. */
function* keep(situation: Situation, container: Container, sandbox: Sandbox): Generator<Step> {
  const { pod, observed } = situation
  const [last] = attemptsOf(observed, container.name)
  if (last?.state !== 'running') {
    if (last?.state !== 'exited' || restarts(pod, container, last.exitCode ?? 0)) yield* again(situation, container, sandbox)
    return
  }
  const fault = faultOf(situation, container, last)
  if (!fault) return
  const willRestart = fault.isNew || restartsAfterProbe(pod, container)
  const message = willRestart ? `${fault.message}, will be restarted` : fault.message
  yield { do: 'stop', container: last, graceSeconds: Math.max(fault.graceSeconds, leastGraceSeconds), message }
}

/** Why a running container may not go on. */
function faultOf(
  { pod, known }: Situation,
  container: Container,
  { id, hash: running }: ObservedContainer,
): { message: string; graceSeconds: number; isNew?: boolean } | undefined {
  const whole = pod.spec?.terminationGracePeriodSeconds ?? 30
  const what = isSidecar(container) && pod.spec?.initContainers?.includes(container) ? 'Init container' : 'Container'
  const { liveness, startup } = known.verdicts(id)
  if (running !== hashOf(container))
    return { message: `${what} ${container.name} definition changed`, graceSeconds: whole, isNew: true }
  if (liveness === false) {
    const graceSeconds = container.livenessProbe?.terminationGracePeriodSeconds ?? whole
    return { message: `${what} ${container.name} failed liveness probe`, graceSeconds }
  }
  if (startup === false) {
    const graceSeconds = container.startupProbe?.terminationGracePeriodSeconds ?? whole
    return { message: `${what} ${container.name} failed startup probe`, graceSeconds }
  }
  return undefined
}

/** Starts a container, unless it fell over or failed to start just now. */
function* again(situation: Situation, container: Container, sandbox: Sandbox): Generator<Step> {
  const { observed, known, now } = situation
  const attempts = attemptsOf(observed, container.name)
  const [last] = attempts
  const failure = known.failure(container.name)
  if (failure && now < failure.retryAt) {
    const half = new Date((failure.at.getTime() + failure.retryAt.getTime()) / 2)
    return yield { do: 'wait', until: now < half ? half : failure.retryAt, failed: { ...failure, container: container.name } }
  }
  if (last?.state === 'exited' && now < restartTime(attempts))
    return yield { do: 'wait', until: restartTime(attempts), crashed: last }
  yield start(situation, container, sandbox)
}

const start = ({ observed }: Situation, container: Container, sandbox: Sandbox): Step => {
  const [last] = attemptsOf(observed, container.name)
  return { do: 'start', container, attempt: last ? last.attempt + 1 : 0, sandbox }
}

function* deadline({ pod, status }: Situation): Generator<Step> {
  const seconds = pod.spec?.activeDeadlineSeconds
  if (seconds !== undefined && status.startTime)
    yield { do: 'wait', until: new Date(Date.parse(status.startTime) + seconds * 1000) }
}
