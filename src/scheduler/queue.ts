import type { Pod } from '#api/core/v1.ts'
import { Heap } from './heap.ts'
import { type PodInfo, podInfo } from './node-info.ts'
import type { ClusterEvent, SchedulerPlugin } from './plugin.ts'

/** A pod that waits for a node. */
export interface Waiting {
  readonly id: string
  info: PodInfo
  /** When it came into the queue, ms. */
  readonly since: number
  attempts: number
  /** When it last failed, ms. */
  failedAt: number
  rejectedBy: ReadonlySet<string>
  /** Where it is; `gone` is left in a heap until it surfaces. */
  state: 'active' | 'backoff' | 'unschedulable' | 'taken' | 'gone'
}

const firstBackoffMs = 1000
const longestBackoffMs = 10_000
const longestWaitMs = 5 * 60_000

const backoffEnds = ({ attempts, failedAt }: Waiting): number =>
  attempts === 0 ? 0 : failedAt + Math.min(firstBackoffMs * 2 ** (attempts - 1), longestBackoffMs)

/**
 * The pods without a node. Those that can be tried are handed out by priority, then by age. One that failed backs off;
 * one that no node takes lies still until something happens that one of the plugins that rejected it wants to hear of,
 * or for five minutes. Time is told, never asked.
 */
export class Queue {
  readonly #pods: Map<string, Waiting> = new Map()
  readonly #unschedulable: Set<Waiting> = new Set()
  readonly #active: Heap<Waiting> = new Heap((a, b) =>
    a.info.priority === b.info.priority ? a.since < b.since : a.info.priority > b.info.priority,
  )
  readonly #backoff: Heap<Waiting> = new Heap((a, b) => backoffEnds(a) < backoffEnds(b))
  readonly #wokenBy: ReadonlyMap<string, ReadonlySet<ClusterEvent>>

  constructor(plugins: readonly SchedulerPlugin[]) {
    this.#wokenBy = new Map(plugins.map(({ name, wokenBy }) => [name, new Set(wokenBy)]))
  }

  get size(): number {
    return this.#pods.size
  }

  /** Takes in a pod, or its newer version. `changed`: it asks for something else now, so it is worth another try. */
  put(pod: Pod, now: number, changed = false): void {
    const id = pod.metadata.uid!
    const known = this.#pods.get(id)
    if (!known) {
      const fresh: Waiting = {
        id,
        info: podInfo(pod),
        since: now,
        attempts: 0,
        failedAt: 0,
        rejectedBy: new Set(),
        state: 'gone',
      }
      this.#pods.set(id, fresh)
      this.#activate(fresh)
    } else if (!changed) known.info = { ...known.info, pod }
    else if (known.state === 'taken') known.info = podInfo(pod)
    else {
      // A heap does not look again at what lies in it, so a pod whose priority may have changed goes in anew.
      known.state = 'gone'
      const anew = { ...known, info: podInfo(pod) }
      this.#unschedulable.delete(known)
      this.#pods.set(id, anew)
      this.#ready(anew, now)
    }
  }

  delete(id: string): void {
    const waiting = this.#pods.get(id)
    if (!waiting) return
    waiting.state = 'gone'
    this.#pods.delete(id)
    this.#unschedulable.delete(waiting)
  }

  /** Hands out the pod to try next. It stays the queue's own until it is deleted. */
  take(now: number): Waiting | undefined {
    this.#wakeUp(now)
    for (let next: Waiting | undefined; (next = this.#active.pop()); ) {
      if (next.state !== 'active') continue
      next.state = 'taken'
      next.attempts++
      return next
    }
    return undefined
  }

  /** No node takes the pod. Rejected by nobody means that anything that happens may help. */
  reject(waiting: Waiting, rejectedBy: ReadonlySet<string>, now: number): void {
    if (!this.#failed(waiting, now)) return
    waiting.rejectedBy = rejectedBy
    waiting.state = 'unschedulable'
    this.#unschedulable.add(waiting)
  }

  /** Something went wrong that the pod is not to blame for: it is tried again after its back-off. */
  retry(waiting: Waiting, now: number): void {
    if (this.#failed(waiting, now)) this.#ready(waiting, now)
  }

  /** Something happened: whoever may profit is tried again. */
  wake(event: ClusterEvent, now: number): void {
    for (const waiting of this.#unschedulable) {
      const { rejectedBy } = waiting
      if (rejectedBy.size === 0 || [...rejectedBy].some(name => this.#wokenBy.get(name)?.has(event))) this.#ready(waiting, now)
    }
  }

  /** When `take` will have something that it does not have now, ms; undefined when only news can help. */
  nextAt(): number | undefined {
    while (this.#backoff.peek()?.state === 'gone') this.#backoff.pop()
    const ends = this.#backoff.peek()
    const times = ends ? [backoffEnds(ends)] : []
    const [oldest] = this.#unschedulable
    if (oldest) times.push(oldest.failedAt + longestWaitMs)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  #failed(waiting: Waiting, now: number): boolean {
    if (this.#pods.get(waiting.id) !== waiting) return false
    waiting.failedAt = now
    return true
  }

  #ready(waiting: Waiting, now: number): void {
    this.#unschedulable.delete(waiting)
    if (backoffEnds(waiting) <= now) this.#activate(waiting)
    else {
      waiting.state = 'backoff'
      this.#backoff.push(waiting)
    }
  }

  #activate(waiting: Waiting): void {
    waiting.state = 'active'
    this.#active.push(waiting)
  }

  #wakeUp(now: number): void {
    for (
      let first: Waiting | undefined;
      (first = this.#backoff.peek()) && (first.state !== 'backoff' || backoffEnds(first) <= now);
    ) {
      this.#backoff.pop()
      if (first.state === 'backoff') this.#activate(first)
    }
    // In the order in which they failed, so the first that has not waited long enough ends it.
    for (const waiting of this.#unschedulable) {
      if (waiting.failedAt + longestWaitMs > now) break
      this.#ready(waiting, now)
    }
  }
}
