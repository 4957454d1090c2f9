import type { Container, Pod, Probe } from '#api/core/v1.ts'
import type { Verdicts } from '#kubelet/pod/known.ts'
import type { ContainerRuntime } from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Finding, Target } from './check.ts'
import { exec } from './exec.ts'
import { httpGet } from './http.ts'
import { tcp } from './tcp.ts'

export type ProbeKind = 'startup' | 'liveness' | 'readiness'

/** A running container that wants to be probed. */
export interface Probed {
  readonly container: Container
  readonly containerId: string
  readonly startedAt: Date
  readonly podIp: string
  /** Its startup probe succeeded before this kubelet was there. */
  readonly isStarted: boolean
}

/** What probes need and whom they tell. */
export interface ProbeParts {
  readonly runtime: ContainerRuntime
  readonly clock: Clock
  /** A verdict on one of the pod's containers has changed. */
  readonly changed: (podUid: string) => void
  /** A try that failed, for an event. */
  readonly tell: (pod: Readonly<Pod>, container: Container, message: string) => void
}

interface Watched {
  readonly stop: AbortController
  /** The pod was deleted: only whether it is still ready counts. */
  isEnding: boolean
  verdicts: Verdicts
}

/** Probes the running containers of a node's pods, each probe in its own rhythm. */
export class Probes {
  readonly #parts: ProbeParts
  readonly #pods = new Map<string, Map<string, Watched>>()

  constructor(parts: ProbeParts) {
    this.#parts = parts
  }

  /** From now on these containers of the pod are probed and no others. */
  follow(pod: Readonly<Pod>, probed: readonly Probed[]): void {
    const uid = pod.metadata.uid!
    const known = this.#pods.get(uid) ?? new Map<string, Watched>()
    for (const [id, { stop }] of known)
      if (!probed.some(({ containerId }) => containerId === id)) {
        stop.abort()
        known.delete(id)
      }
    for (const each of probed) if (!known.has(each.containerId)) known.set(each.containerId, this.#start(pod, each))
    for (const watched of known.values()) watched.isEnding = pod.metadata.deletionTimestamp !== undefined
    if (known.size > 0) this.#pods.set(uid, known)
    else this.#pods.delete(uid)
  }

  verdicts(podUid: string, containerId: string): Verdicts {
    return this.#pods.get(podUid)?.get(containerId)?.verdicts ?? {}
  }

  stop(): void {
    for (const containers of this.#pods.values()) for (const { stop } of containers.values()) stop.abort()
    this.#pods.clear()
  }

  #start(pod: Readonly<Pod>, probed: Probed): Watched {
    const { container, isStarted } = probed
    const watched: Watched = { stop: new AbortController(), isEnding: false, verdicts: isStarted ? { startup: true } : {} }
    const { signal } = watched.stop
    const others = (): void => {
      if (container.livenessProbe) void this.#probe('liveness', container.livenessProbe, pod, probed, watched, signal)
      if (container.readinessProbe) void this.#probe('readiness', container.readinessProbe, pod, probed, watched, signal)
    }
    if (!container.startupProbe || isStarted) others()
    else
      void this.#probe('startup', container.startupProbe, pod, probed, watched, signal).then(() => {
        if (watched.verdicts.startup) others()
      })
    return watched
  }

  /** Tries again and again until the signal aborts or there is nothing more to learn. Never rejects. */
  async #probe(
    kind: ProbeKind,
    probe: Probe,
    pod: Readonly<Pod>,
    probed: Probed,
    watched: Watched,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, runtime, changed, tell } = this.#parts
    const { container, startedAt } = probed
    const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3, successThreshold = 1 } = probe
    const target: Target = { ...probed, pod, runtime }
    await clock.sleep(Math.max(0, startedAt.getTime() + initialDelaySeconds * 1000 - clock.now().getTime()), signal)
    let inARow = 0
    let last: boolean | undefined
    while (!signal.aborted && (kind === 'readiness' || !watched.isEnding)) {
      const finding = await this.#try(probe, target, signal).catch((error: unknown) => {
        tell(
          pod,
          container,
          `${title(kind)} probe errored and resulted in unknown state: ${error instanceof Error ? error.message : error}`,
        )
        return undefined
      })
      if (signal.aborted || (kind !== 'readiness' && watched.isEnding)) return
      if (finding) {
        if (!finding.ok) tell(pod, container, `${title(kind)} probe failed: ${finding.output}`)
        inARow = finding.ok === last ? inARow + 1 : 1
        last = finding.ok
        if (inARow >= (finding.ok ? successThreshold : failureThreshold) && watched.verdicts[kind] !== finding.ok) {
          watched.verdicts = { ...watched.verdicts, [kind]: finding.ok }
          changed(pod.metadata.uid!)
          if (kind === 'startup' || (kind === 'liveness' && !finding.ok)) return
        }
      }
      await clock.sleep(periodSeconds * 1000, signal)
    }
  }

  async #try(
    { exec: command, httpGet: url, tcpSocket, timeoutSeconds = 1 }: Probe,
    target: Target,
    signal: AbortSignal,
  ): Promise<Finding> {
    const { clock, runtime } = this.#parts
    if (!command && !runtime.reachable) return { ok: true, output: '' }
    const timeoutMs = timeoutSeconds * 1000
    const over = new AbortController()
    const late = new AbortController()
    void clock.sleep(timeoutMs, AbortSignal.any([signal, over.signal])).then(() => late.abort())
    try {
      if (command) return await exec(command, target, timeoutMs, late.signal)
      if (url) return await httpGet(url, target, timeoutMs, late.signal)
      if (tcpSocket) return await tcp(tcpSocket, target, timeoutMs, late.signal)
      throw new Error('gRPC probes are not supported yet')
    } finally {
      over.abort()
    }
  }
}

const title = (kind: ProbeKind): string => kind[0]!.toUpperCase() + kind.slice(1)
