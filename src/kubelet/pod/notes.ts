import type { StartError } from '#kubelet/container/images.ts'
import type { Probes } from '#kubelet/probes/probes.ts'
import type { Failure, Known, Verdicts } from './known.ts'

const firstPullMs = 10_000
const longestPullMs = 300_000
/** Upstream's wait before anything else that failed is tried again. */
const againMs = 10_000

/** What a worker remembers of its pod from turn to turn. All of it may be lost: a restarted kubelet finds it out again. */
export class Notes implements Known {
  readonly #podUid: string
  readonly #probes: Probes
  readonly #failures = new Map<string, Failure>()
  readonly #lastWords = new Map<string, string>()
  readonly #told = new Set<string>()

  constructor(podUid: string, probes: Probes) {
    this.#podUid = podUid
    this.#probes = probes
  }

  verdicts(containerId: string): Verdicts {
    return this.#probes.verdicts(this.#podUid, containerId)
  }

  failure(container: string): Failure | undefined {
    return this.#failures.get(container)
  }

  lastWords(containerId: string): string | undefined {
    return this.#lastWords.get(containerId)
  }

  /** A container could not be started; the waits for its image grow from 10 s to 300 s. */
  failed(container: string, { reason, message, image }: StartError, at: Date): void {
    const before = this.#failures.get(container)
    const lastMs = before?.image && image ? before.retryAt.getTime() - before.at.getTime() : 0
    const waitMs = image ? Math.min(Math.max(2 * lastMs, firstPullMs), longestPullMs) : againMs
    this.#failures.set(container, { reason, message, at, retryAt: new Date(at.getTime() + waitMs), ...(image && { image }) })
  }

  started(container: string): void {
    this.#failures.delete(container)
  }

  heard(containerId: string, words: string): void {
    this.#lastWords.set(containerId, words)
  }

  /** Forgets containers that are no longer there. */
  keep(containerIds: ReadonlySet<string>): void {
    for (const id of this.#lastWords.keys()) if (!containerIds.has(id)) this.#lastWords.delete(id)
  }

  /** True the first time something is asked: what is told once is not told again every turn. */
  isFirst(what: string): boolean {
    return this.#told.size !== this.#told.add(what).size
  }
}
