import type { Clock } from '#machinery/clock.ts'

/** The pauses of an item that keeps failing: the first, doubled each time, up to the longest. */
export interface BackOff {
  readonly firstMs: number
  readonly longestMs: number
}

/** What upstream's controllers use. */
export const controllerBackOff: BackOff = { firstMs: 5, longestMs: 1_000_000 }

/**
 * Work to do, each item once.
 *
 * Guarantees: an item is handed out to one worker at a time; added again meanwhile, it is handed out once more after
 * `done`. Items come in the order they were added.
 * Assumptions: whoever takes an item calls `done` with it, whatever happened.
 */
export class Queue<T> {
  readonly #identify: (item: T) => string
  readonly #clock: Clock
  readonly #backOff: BackOff
  /** Waiting to be taken, in order. */
  readonly #waiting = new Map<string, T>()
  readonly #working = new Set<string>()
  /** Added while being worked on. */
  readonly #again = new Map<string, T>()
  /** When a postponed item is due, in ms since the epoch. */
  readonly #due = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #takers: (() => void)[] = []

  constructor(identify: (item: T) => string, clock: Clock, backOff: BackOff = controllerBackOff) {
    this.#identify = identify
    this.#clock = clock
    this.#backOff = backOff
  }

  /** How many items wait to be taken. */
  get length(): number {
    return this.#waiting.size
  }

  add(item: T): void {
    const id = this.#identify(item)
    if (this.#working.has(id)) {
      this.#again.set(id, item)
    } else {
      this.#waiting.set(id, item)
      this.#takers.shift()?.()
    }
  }

  /** Adds an item after a while; of several such promises the earliest counts. */
  addAfter(item: T, ms: number, signal: AbortSignal): void {
    if (ms <= 0) {
      this.add(item)
      return
    }
    const id = this.#identify(item)
    const due = this.#clock.now().getTime() + ms
    if ((this.#due.get(id) ?? Infinity) <= due) return
    this.#due.set(id, due)
    void this.#clock.sleep(ms, signal).then(() => {
      if (signal.aborted || this.#due.get(id) !== due) return
      this.#due.delete(id)
      this.add(item)
    })
  }

  /** The next item; waits for one. Undefined once the signal has aborted. */
  async take(signal: AbortSignal): Promise<T | undefined> {
    while (!signal.aborted) {
      const [next] = this.#waiting
      if (next) {
        const [id, item] = next
        this.#waiting.delete(id)
        this.#working.add(id)
        return item
      }
      await new Promise<void>(resolve => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#takers.push(wake)
        signal.addEventListener('abort', wake, { once: true })
      })
    }
    return undefined
  }

  /** The worker has finished with an item, well or badly. */
  done(item: T): void {
    const id = this.#identify(item)
    this.#working.delete(id)
    const again = this.#again.get(id)
    this.#again.delete(id)
    if (again !== undefined) this.add(again)
  }

  /** Adds an item again after a pause that doubles with each failure. */
  fail(item: T, signal: AbortSignal): void {
    const id = this.#identify(item)
    const failures = this.#failures.get(id) ?? 0
    this.#failures.set(id, failures + 1)
    this.addAfter(item, Math.min(this.#backOff.firstMs * 2 ** failures, this.#backOff.longestMs), signal)
  }

  /** How often an item has failed since it was last forgotten. */
  failures(item: T): number {
    return this.#failures.get(this.#identify(item)) ?? 0
  }

  /** An item went well: its next failure begins with the shortest pause. */
  forget(item: T): void {
    this.#failures.delete(this.#identify(item))
  }
}
