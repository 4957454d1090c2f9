import type { Duplex } from 'node:stream'
import type { Pod } from '#api/core/v1.ts'
import {
  type Action,
  type ContainerRuntime,
  type CreateSandbox,
  type Image,
  type LogOptions,
  type ObservedContainer,
  type ObservedPod,
  type Output,
  RuntimeError,
  type Sandbox,
  type StartContainer,
  type Streams,
} from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'
import { Addresses } from './addresses.ts'
import { adoptable, type End, type Started } from './adopt.ts'
import { type Course, courseOf } from './course.ts'
import { Ends } from './ends.ts'

export interface SimulatedOptions {
  /** The addresses of this node's pods. */
  readonly podCidr: string
  readonly clock: Clock
}

/** A container as it was started; what it is now follows from the clock. */
interface Simulated {
  readonly observed: Started
  readonly course: Course
  /** When and how it ended, or will. */
  end: End | undefined
  /** Aborts when somebody stops it before. */
  readonly stopped: AbortController
}

interface SimulatedPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  sandboxes: Sandbox[]
  containers: Simulated[]
}

const scheme = 'simulated://'

/** Pods that behave as pods without a single process: a thousand of them cost what a thousand objects cost. What they would do is in course.ts. */
export class SimulatedRuntime implements ContainerRuntime {
  readonly reachable = false
  readonly #clock: Clock
  readonly #addresses: Addresses
  readonly #ends: Ends
  readonly #pods = new Map<string, SimulatedPod>()
  readonly #images = new Set<string>()

  constructor({ podCidr, clock }: SimulatedOptions) {
    this.#clock = clock
    this.#addresses = new Addresses(podCidr)
    this.#ends = new Ends(clock)
  }

  async version(): Promise<string> {
    return `${scheme}1`
  }

  async observe(podUid?: string): Promise<readonly ObservedPod[]> {
    const now = this.#clock.now()
    const pods = podUid === undefined ? Array.from(this.#pods.values()) : [this.#pods.get(podUid)]
    return pods
      .filter(pod => pod !== undefined)
      .map(({ sandboxes, containers, ...pod }) => ({ ...pod, sandboxes, containers: containers.map(each => asOf(each, now)) }))
  }

  changes(signal: AbortSignal): AsyncIterable<{ readonly podUid?: string }> {
    return this.#ends.changes(signal)
  }

  async perform(action: Action): Promise<void> {
    switch (action.do) {
      case 'create sandbox':
        return this.#createSandbox(action)
      case 'pull image':
        return void this.#images.add(action.image)
      case 'start container':
        return this.#startContainer(action)
      case 'stop container':
        return this.#stop(action.id)
      case 'remove container':
        return this.#removeContainer(action.id)
      case 'remove sandbox':
        return this.#removeSandbox(action.id)
    }
  }

  #createSandbox({ pod, attempt }: CreateSandbox): void {
    const known = this.#podOf(pod)
    const id = sandboxIdOf(pod, attempt)
    if (known.sandboxes.some(each => each.id === id)) return
    known.sandboxes.unshift({ id, attempt, state: 'ready', ips: this.#addressFor(pod), createdAt: this.#clock.now() })
    this.#ends.note(known.uid)
  }

  #addressFor({ spec }: Readonly<Pod>): string[] {
    try {
      return spec?.hostNetwork ? [] : [this.#addresses.take()]
    } catch (cause) {
      throw new RuntimeError('FailedCreatePodSandBox', (cause as Error).message, { cause })
    }
  }

  #startContainer({ pod, container, attempt, sandboxId, hash }: StartContainer): void {
    const known = this.#podOf(pod)
    const id = `${scheme}${known.uid}/${container.name}/${attempt}`
    if (known.containers.some(({ observed }) => observed.id === id)) return
    const now = this.#clock.now()
    const image = container.image ?? ''
    this.#images.add(image)
    const observed = {
      ...{ id, name: container.name, attempt, sandboxId, image, imageId: scheme + image, hash, createdAt: now, startedAt: now },
      graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30,
    }
    const course = courseOf(pod, container)
    this.#add(known, observed, course)
    this.#ends.note(known.uid)
  }

  /** A container that runs its course from when it was started, unless it has ended in another way. */
  #add(pod: SimulatedPod, observed: Started, course: Course, ended?: End): void {
    const startedMs = observed.startedAt?.getTime() ?? 0
    const end = ended ?? (course.end && { at: new Date(startedMs + course.end.afterMs), exitCode: course.end.exitCode })
    pod.containers.unshift({ observed, course, end, stopped: new AbortController() })
    if (end) this.#ends.expect(pod.uid, end.at.getTime())
  }

  /** It takes no time, and it ends as a program does that minds SIGTERM. */
  #stop(id: string): void {
    const { pod, container } = this.#find(id) ?? {}
    const now = this.#clock.now()
    if (!pod || !container || (container.end && container.end.at <= now)) return
    container.end = { at: now, exitCode: 0 }
    container.stopped.abort()
    this.#ends.note(pod.uid)
  }

  #removeContainer(id: string): void {
    this.#stop(id)
    const { pod, container } = this.#find(id) ?? {}
    if (!pod) return
    pod.containers = pod.containers.filter(each => each !== container)
    this.#forgetIfEmpty(pod)
  }

  #removeSandbox(id: string): void {
    const pod = this.#pods.get(podUidOf(id))
    if (!pod) return
    for (const { ips } of pod.sandboxes.filter(each => each.id === id)) for (const ip of ips) this.#addresses.giveBack(ip)
    pod.sandboxes = pod.sandboxes.filter(each => each.id !== id)
    this.#forgetIfEmpty(pod)
  }

  #forgetIfEmpty({ uid, sandboxes, containers }: SimulatedPod): void {
    if (sandboxes.length + containers.length === 0) this.#pods.delete(uid)
    this.#ends.note(uid)
  }

  async image(name: string): Promise<Image | undefined> {
    return imageOf(name)
  }

  async images(): Promise<readonly Image[]> {
    return Array.from(this.#images, imageOf)
  }

  async *logs(containerId: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Output> {
    const container = this.#mustFind(containerId)
    const { startedAt } = container.observed
    const { tailLines = Infinity, since, timestamps, follow } = options
    if (!since || (startedAt && startedAt >= since)) {
      const lines = container.course.output.match(/[^\n]*\n/g) ?? []
      const kept = tailLines > 0 ? lines.slice(-Math.min(tailLines, lines.length)) : []
      const text = kept.map(line => (timestamps ? `${startedAt?.toISOString()} ${line}` : line)).join('')
      if (text) yield { stream: 'stdout', bytes: Buffer.from(text) }
    }
    if (follow) await this.#ended(container, signal)
  }

  async exec(containerId: string, command: readonly string[], { stdout }: Streams): Promise<number> {
    const { observed, end } = this.#mustFind(containerId)
    if (end && end.at <= this.#clock.now()) throw new RuntimeError('RuntimeError', `container ${observed.id} is not running`)
    await stdout?.(Buffer.from(`simulated container: ${command.join(' ')} was not run\n`))
    return 0
  }

  async attach(containerId: string, { stdout }: Streams, signal: AbortSignal): Promise<void> {
    const container = this.#mustFind(containerId)
    await stdout?.(Buffer.from(container.course.output))
    await this.#ended(container, signal)
  }

  async portForward(podUid: string, port: number): Promise<Duplex> {
    throw new RuntimeError('RuntimeError', `simulated pod ${podUid}: nobody listens on port ${port}`)
  }

  adopt(pod: Readonly<Pod>): void {
    if (this.#pods.has(pod.metadata.uid ?? '')) return
    const sandboxId = sandboxIdOf(pod, 0)
    const containers = adoptable(pod, scheme, sandboxId)
    if (containers.length === 0) return
    const known = this.#podOf(pod)
    const ips = pod.spec?.hostNetwork ? [] : (pod.status?.podIPs ?? []).map(({ ip }) => ip)
    if (containers.some(({ end }) => !end) && ips.every(ip => this.#addresses.reserve(ip))) {
      known.sandboxes.push({ id: sandboxId, attempt: 0, state: 'ready', ips, createdAt: this.#clock.now() })
    }
    for (const { observed, course, end } of containers) this.#add(known, observed, course, end)
  }

  async cleanup(): Promise<void> {
    for (const { sandboxes, containers } of Array.from(this.#pods.values())) {
      for (const { observed } of containers) this.#removeContainer(observed.id)
      for (const { id } of sandboxes) this.#removeSandbox(id)
    }
  }

  #podOf({ metadata }: Readonly<Pod>): SimulatedPod {
    const { uid = '', namespace = '', name = '' } = metadata
    const pod = this.#pods.get(uid) ?? { uid, namespace, name, sandboxes: [], containers: [] }
    this.#pods.set(uid, pod)
    return pod
  }

  #find(id: string): { pod: SimulatedPod; container: Simulated } | undefined {
    const pod = this.#pods.get(podUidOf(id))
    const container = pod?.containers.find(({ observed }) => observed.id === id)
    return pod && container && { pod, container }
  }

  #mustFind(id: string): Simulated {
    const found = this.#find(id)
    if (!found) throw new RuntimeError('NotFound', `no such container: ${id}`)
    return found.container
  }

  /** Resolves when a container has ended or the signal aborts. */
  async #ended({ end, stopped }: Simulated, signal: AbortSignal): Promise<void> {
    const leftMs = end ? end.at.getTime() - this.#clock.now().getTime() : Infinity
    if (leftMs > 0) await this.#clock.sleep(leftMs, AbortSignal.any([signal, stopped.signal]))
  }
}

const sandboxIdOf = ({ metadata }: Readonly<Pod>, attempt: number): string => `${scheme}${metadata.uid}/sandbox/${attempt}`

/** Ids begin with their pod's uid. */
const podUidOf = (id: string): string => id.slice(scheme.length).split('/', 1)[0] ?? ''

const imageOf = (name: string): Image => ({ id: scheme + name, names: [name], sizeBytes: 0, user: '' })

function asOf({ observed, end }: Simulated, now: Date): ObservedContainer {
  if (!end || end.at > now) return { ...observed, state: 'running' }
  return {
    ...observed,
    state: 'exited',
    finishedAt: end.at,
    exitCode: end.exitCode,
    reason: end.exitCode === 0 ? 'Completed' : 'Error',
  }
}
