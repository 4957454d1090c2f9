import type { Pod, PodStatus } from '#api/core/v1.ts'
import { fieldPathOf, type Ground } from '#kubelet/ground.ts'
import type { Probed } from '#kubelet/probes/probes.ts'
import { type ObservedPod, RuntimeError } from '#kubelet/runtime.ts'
import { MountError } from '#kubelet/volumes/pod-volumes.ts'
import { Actor } from './actor.ts'
import type { Failure } from './known.ts'
import { Notes } from './notes.ts'
import { isDoomed } from './phase.ts'
import { plan, type Step } from './plan.ts'
import { PodFiles } from './pod-files.ts'
import { podText } from './restart.ts'
import { statusOf } from './status.ts'
import { StatusWriter } from './status-writer.ts'
import { lastWords } from './termination.ts'

/** Upstream's wait before a pod that could not be brought about is looked at again. */
const againMs = 10_000
const firstMountMs = 500
const longestMountMs = 30_000

/**
 * Looks after one pod: observes, reports, plans, acts, and again until there is nothing to do. Then it sleeps until it is woken or
 * the plan's next time comes. What it remembers between turns (notes.ts) may be lost.
 */
export class PodWorker {
  readonly #ground: Ground
  readonly #left: () => void
  readonly #notes: Notes
  readonly #writer: StatusWriter
  readonly #files: PodFiles
  readonly #actor: Actor
  #pod: Readonly<Pod>
  #status: Readonly<PodStatus>
  /** The API server no longer has it. */
  #isGone = false
  #isStale = false
  #isWorking = false
  #working: Promise<void> = Promise.resolve()
  #isTornDown = false
  #mountWaitMs = firstMountMs
  readonly #life = new AbortController()
  #turnStop = new AbortController()
  #alarm = new AbortController()

  /** `left` is called when nothing of the pod remains. */
  constructor(pod: Readonly<Pod>, ground: Ground, left: () => void) {
    const uid = pod.metadata.uid!
    this.#pod = pod
    this.#status = pod.status ?? {}
    this.#ground = ground
    this.#left = left
    this.#notes = new Notes(uid, ground.probes)
    this.#writer = new StatusWriter(ground.client)
    this.#files = new PodFiles(uid, ground)
    this.#actor = new Actor(ground, this.#notes, this.#files)
  }

  get pod(): Readonly<Pod> {
    return this.#pod
  }

  /** The newest status, which may not have been written yet. */
  get status(): Readonly<PodStatus> {
    return this.#status
  }

  /** The pod as the API server now has it; undefined: no longer. What goes on is broken off if the pod is to end sooner. */
  update(pod: Readonly<Pod> | undefined): void {
    const next = pod ?? forgotten(this.#pod, this.#ground.clock.now())
    if (endOf(next) < endOf(this.#pod)) this.#turnStop.abort()
    this.#isGone ||= pod === undefined
    this.#pod = next
    this.wake()
  }

  wake(): void {
    this.#isStale = true
    this.#alarm.abort()
    if (!this.#isWorking) this.#working = this.#work()
  }

  /** Resolves when nothing goes on any more. What runs in containers is left as it is. */
  stop(): Promise<void> {
    this.#life.abort()
    this.#turnStop.abort()
    this.#alarm.abort()
    return this.#working
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#isStale && !this.#life.signal.aborted) {
      this.#isStale = false
      this.#turnStop = new AbortController()
      const { signal } = this.#turnStop
      try {
        const until = await this.#turn(signal)
        if (until) this.#wakeAt(until)
      } catch (error) {
        if (signal.aborted) this.#isStale = true
        else this.#failed(error)
      }
    }
    this.#isWorking = false
  }

  /** One round. Answers when to look again although nobody calls. */
  async #turn(signal: AbortSignal): Promise<Date | undefined> {
    const { runtime, clock, hostIps, probes, events } = this.#ground
    const [observed] = await runtime.observe(this.#pod.metadata.uid)
    await this.#listen(observed, signal)
    const pod = this.#pod
    const now = clock.now()
    const before = this.#writer.before(pod)
    probes.follow(pod, [...probedOf(pod, before, observed, hostIps)])
    const status = statusOf({ pod, before, observed, known: this.#notes, hostIps, now })
    this.#status = status
    const written = this.#isGone ? undefined : this.#writer.write(pod, status, this.#life.signal)
    // Not waited for while there is something to do: the last round's is.
    written?.catch(() => {})
    const steps = [...plan({ pod, observed, status, known: this.#notes, now })]
    if (steps.some(step => step.do === 'forget')) {
      await written
      return this.#forget(pod, signal)
    }
    const deeds = steps.filter(step => step.do !== 'wait')
    const waits = steps.filter(step => step.do === 'wait')
    if (status.reason === 'DeadlineExceeded' && before.reason !== status.reason)
      events.event(pod, 'Normal', 'DeadlineExceeded', status.message ?? '')
    for (const wait of waits) this.#tell(wait, now)
    if (deeds.length > 0) {
      await this.#actor.perform(deeds, pod, observed, signal)
      this.#isStale = true
      return undefined
    }
    await written
    const times = [...waits.map(({ until }) => until), await this.#rest(pod, status, observed, now)]
    return times.filter(time => time !== undefined).sort((a, b) => a.getTime() - b.getTime())[0]
  }

  /** Nothing is to be done: volumes are kept up to date, or go when the pod has ended. Answers when to do so again. */
  async #rest(pod: Readonly<Pod>, status: PodStatus, observed: ObservedPod | undefined, now: Date): Promise<Date | undefined> {
    if (isDoomed(pod, status, now)) {
      if (!this.#isTornDown) await this.#files.tearDown()
      this.#isTornDown = true
      return undefined
    }
    if (observed?.sandboxes[0]?.state !== 'ready') return undefined
    try {
      const volumes = await this.#files.setUp(pod)
      this.#mountWaitMs = firstMountMs
      return [...volumes.values()].map(({ againAt }) => againAt).find(time => time !== undefined)
    } catch (error) {
      // What runs keeps its volumes as they are.
      return new Date(now.getTime() + this.#tellFailure(error))
    }
  }

  async #forget(pod: Readonly<Pod>, signal: AbortSignal): Promise<undefined> {
    await this.#actor.forget(pod, this.#isGone, signal)
    this.#life.abort()
    this.#left()
  }

  /** Takes down what ended containers have left to say. */
  async #listen(observed: ObservedPod | undefined, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#ground
    const containers = [...(this.#pod.spec?.containers ?? []), ...(this.#pod.spec?.initContainers ?? [])]
    for (const ended of observed?.containers ?? []) {
      const container = containers.find(({ name }) => name === ended.name)
      if (!container || ended.state !== 'exited' || this.#notes.lastWords(ended.id) !== undefined) continue
      this.#notes.heard(ended.id, await lastWords(this.#files.directory, container, ended, runtime, signal))
    }
    this.#notes.keep(new Set(observed?.containers.map(({ id }) => id)))
  }

  /** Says why a container is waited for, once each time. */
  #tell({ crashed, failed }: Extract<Step, { do: 'wait' }>, now: Date): void {
    const pod = this.#pod
    const { events } = this.#ground
    if (crashed && this.#notes.isFirst(`crashed ${crashed.id}`)) {
      const message = `Back-off restarting failed container ${crashed.name} in pod ${podText(pod)}`
      events.event(pod, 'Warning', 'BackOff', message, fieldPathOf(pod, crashed))
    }
    if (failed?.image && isBackOff(failed, now) && this.#notes.isFirst(`pull ${failed.container} ${failed.at.getTime()}`)) {
      const fieldPath = fieldPathOf(pod, { name: failed.container })
      events.event(pod, 'Normal', 'BackOff', `Back-off pulling image "${failed.image}"`, fieldPath)
      events.event(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', fieldPath)
    }
  }

  #failed(error: unknown): void {
    const now = this.#ground.clock.now().getTime()
    this.#wakeAt(new Date(now + this.#tellFailure(error)))
  }

  /** Says what went wrong, and answers after how many milliseconds to try again. */
  #tellFailure(error: unknown): number {
    const { events, log } = this.#ground
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof MountError) {
      events.event(this.#pod, 'Warning', 'FailedMount', message)
      const waitMs = this.#mountWaitMs
      this.#mountWaitMs = Math.min(2 * waitMs, longestMountMs)
      return waitMs
    }
    if (error instanceof RuntimeError && error.reason === 'FailedCreatePodSandBox')
      events.event(this.#pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`)
    else log.warn('pod could not be synced', { pod: podText(this.#pod), error: message })
    return againMs
  }

  #wakeAt(time: Date): void {
    const { clock } = this.#ground
    this.#alarm.abort()
    const { signal } = (this.#alarm = new AbortController())
    void clock.sleep(Math.max(0, time.getTime() - clock.now().getTime()), signal).then(() => signal.aborted || this.wake())
  }
}

const isBackOff = ({ at, retryAt }: Failure, now: Date): boolean => now.getTime() >= (at.getTime() + retryAt.getTime()) / 2

/** When a pod is to have ended. */
const endOf = ({ metadata }: Readonly<Pod>): number => Date.parse(metadata.deletionTimestamp ?? '') || Number.POSITIVE_INFINITY

/** A pod that was taken from the API without waiting for its node: what it is still given is its own grace. */
function forgotten(pod: Readonly<Pod>, now: Date): Readonly<Pod> {
  if (pod.metadata.deletionTimestamp) return pod
  const graceSeconds = pod.spec?.terminationGracePeriodSeconds ?? 30
  const deletionTimestamp = new Date(now.getTime() + graceSeconds * 1000).toISOString()
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds } }
}

/** The running containers of a pod that have probes. */
function* probedOf(
  pod: Readonly<Pod>,
  before: Readonly<PodStatus>,
  observed: ObservedPod | undefined,
  hostIps: readonly string[],
): Generator<Probed> {
  const statuses = [...(before.containerStatuses ?? []), ...(before.initContainerStatuses ?? [])]
  for (const container of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    if (!container.startupProbe && !container.livenessProbe && !container.readinessProbe) continue
    const running = observed?.containers.find(({ name, state }) => name === container.name && state === 'running')
    if (!running) continue
    const podIp = (pod.spec?.hostNetwork ? hostIps[0] : observed?.sandboxes[0]?.ips[0]) ?? ''
    const isStarted = statuses.some(({ containerID, started }) => containerID === running.id && started === true)
    yield { container, containerId: running.id, startedAt: running.startedAt ?? running.createdAt, podIp, isStarted }
  }
}
