import { type Container, Pod } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { dnsOf } from '#kubelet/container/dns.ts'
import { hostnameOf } from '#kubelet/container/hosts.ts'
import { StartError } from '#kubelet/container/images.ts'
import { startContainer } from '#kubelet/container/start.ts'
import { fieldPathOf, type Ground } from '#kubelet/ground.ts'
import type { Target } from '#kubelet/probes/check.ts'
import type { ObservedContainer, ObservedPod } from '#kubelet/runtime.ts'
import { preStop, runHook } from './hooks.ts'
import type { Notes } from './notes.ts'
import type { Step } from './plan.ts'
import { freshFor, type PodFiles } from './pod-files.ts'

export type Deed = Exclude<Step, { do: 'wait' }>
type Doing<D extends Deed['do']> = Extract<Deed, { do: D }>

/** Carries out a pod's plan. */
export class Actor {
  readonly #ground: Ground
  readonly #notes: Notes
  readonly #files: PodFiles

  constructor(ground: Ground, notes: Notes, files: PodFiles) {
    this.#ground = ground
    this.#notes = notes
    this.#files = files
  }

  /** Stops side by side, then all else in order. */
  async perform(
    deeds: readonly Deed[],
    pod: Readonly<Pod>,
    observed: ObservedPod | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { runtime } = this.#ground
    await Promise.all(deeds.map(deed => deed.do === 'stop' && this.#stop(deed, pod, observed, signal)))
    for (const deed of deeds) {
      signal.throwIfAborted()
      if (deed.do === 'create sandbox') await this.#createSandbox(deed, pod, signal)
      else if (deed.do === 'start') await this.#start(deed, pod, signal)
      else if (deed.do === 'remove container' || deed.do === 'remove sandbox') await runtime.perform(deed, signal)
    }
  }

  /** The end of a deleted pod: its files, and if the API server still has it its object. */
  async forget(pod: Readonly<Pod>, isGone: boolean, signal: AbortSignal): Promise<void> {
    await this.#files.remove()
    if (isGone) return
    try {
      await this.#ground.client.delete(Pod, keyOf(pod), { graceSeconds: 0, uid: pod.metadata.uid! }, signal)
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error
    }
  }

  async #createSandbox({ attempt }: Doing<'create sandbox'>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { runtime, names, events } = this.#ground
    await this.#files.setUp(pod)
    if (attempt > 0) events.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
    const { hostname } = hostnameOf(pod, names.clusterDomain)
    await runtime.perform({ do: 'create sandbox', pod, attempt, hostname, dns: dnsOf(pod, names) }, signal)
  }

  async #start({ container, attempt, sandbox }: Doing<'start'>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ground
    try {
      const volumes = await this.#files.setUp(pod)
      const since = attempt > 0 ? clock.now() : freshFor(pod)
      await startContainer({ pod, container, attempt, sandbox, volumes, since }, this.#ground, signal)
      this.#notes.started(container.name)
    } catch (error) {
      if (!(error instanceof StartError) || signal.aborted) throw error
      this.#notes.failed(container.name, error, clock.now())
      return
    }
    if (container.lifecycle?.postStart) await this.#postStart(container, attempt, pod, signal)
  }

  /** A container whose postStart hook fails is stopped; its restart policy says what then. */
  async #postStart(container: Container, attempt: number, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { runtime, clock, events } = this.#ground
    const [observed] = await runtime.observe(pod.metadata.uid)
    const started = observed?.containers.find(each => each.name === container.name && each.attempt === attempt)
    if (started?.state !== 'running') return
    try {
      await runHook(container.lifecycle!.postStart!, this.#target(pod, container, started, observed), clock, signal)
    } catch (error) {
      if (signal.aborted) throw error
      events.event(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', fieldPathOf(pod, container))
      const graceSeconds = pod.spec?.terminationGracePeriodSeconds ?? 30
      await this.#stop({ do: 'stop', container: started, graceSeconds, message: 'FailedPostStartHook' }, pod, observed, signal)
    }
  }

  async #stop(deed: Doing<'stop'>, pod: Readonly<Pod>, observed: ObservedPod | undefined, signal: AbortSignal): Promise<void> {
    const { runtime, clock, events } = this.#ground
    const { id, name } = deed.container
    const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(each => each.name === name)
    const fieldPath = fieldPathOf(pod, deed.container)
    if (this.#notes.isFirst(`killing ${id}`)) events.event(pod, 'Normal', 'Killing', deed.message, fieldPath)
    let { graceSeconds } = deed
    const hook = container?.lifecycle?.preStop
    if (hook && this.#notes.isFirst(`preStop ${id}`)) {
      const failed = (): void => events.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', fieldPath)
      const left = await preStop(
        hook,
        this.#target(pod, container, deed.container, observed),
        graceSeconds,
        clock,
        signal,
        failed,
      )
      signal.throwIfAborted()
      graceSeconds = Math.max(2, left)
    }
    await runtime.perform({ do: 'stop container', id, graceSeconds }, signal)
  }

  #target(pod: Readonly<Pod>, container: Container, { id }: ObservedContainer, observed: ObservedPod | undefined): Target {
    const [own] = observed?.sandboxes[0]?.ips ?? []
    return {
      pod,
      container,
      containerId: id,
      podIp: own ?? this.#ground.hostIps[0] ?? '127.0.0.1',
      runtime: this.#ground.runtime,
    }
  }
}
