import type { Clock } from '#machinery/clock.ts'

/** Which pods changed, or are about to at a known time: one sleeper for all of them, however many there are. */
export class Ends {
  readonly #clock: Clock
  /** Soonest last. */
  readonly #due: { readonly atMs: number; readonly podUid: string }[] = []
  #changed = new Set<string>()
  #wake = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A pod has changed now. */
  note(podUid: string): void {
    this.#changed.add(podUid)
    this.#wake.abort()
  }

  /** A pod will have changed then. */
  expect(podUid: string, atMs: number): void {
    let low = 0
    let high = this.#due.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#due[middle]!.atMs > atMs) low = middle + 1
      else high = middle
    }
    this.#due.splice(low, 0, { atMs, podUid })
    if (low === this.#due.length - 1) this.#wake.abort()
  }

  /** The pods as they change; at first, without a uid, all of them. For one reader. */
  async *changes(signal: AbortSignal): AsyncGenerator<{ readonly podUid?: string }> {
    yield {}
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const now = this.#clock.now().getTime()
      while (this.#due.length > 0 && this.#due.at(-1)!.atMs <= now) this.#changed.add(this.#due.pop()!.podUid)
      const changed = this.#changed
      this.#changed = new Set()
      for (const podUid of changed) yield { podUid }
      if (this.#changed.size > 0) continue
      const sleepMs = (this.#due.at(-1)?.atMs ?? Infinity) - now
      if (sleepMs > 0) await this.#clock.sleep(sleepMs, AbortSignal.any([signal, this.#wake.signal]))
    }
  }
}
