import { badRequest, StatusError } from '#api/status.ts'
import { readDuration } from '#machinery/cel/moments.ts'
import type { Clock } from '#machinery/clock.ts'

const tickMs = 1000
/** As upstream. */
const defaultMs = 60_000

/**
 * How long requests may take (upstream: --request-timeout; filters/request_deadline.go, timeout.go). One clock looks after all who
 * have as much time as any: a timer for each would cost more than most of them do.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #limitMs: number
  /** When each is over that has as much time as any, and what happens then; the oldest first. */
  readonly #waiting = new Set<{ readonly untilMs: number; late(): void }>()

  constructor(clock: Clock, limitMs = defaultMs) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  /** Sees to it until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(tickMs, signal)
      const now = this.#clock.now().getTime()
      for (const each of this.#waiting) {
        if (each.untilMs > now) break
        this.#waiting.delete(each)
        each.late()
      }
    }
  }

  /** How long a request may take, by what it asks for itself (`?timeout=`): never longer than any. Throws BadRequest. */
  limitOf(query: URLSearchParams): number {
    const text = query.get('timeout')
    if (!text) return this.#limitMs
    try {
      const ms = Number(readDuration(text).nanos / 1_000_000n)
      return ms > 0 && ms < this.#limitMs ? ms : this.#limitMs
    } catch (error) {
      throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`)
    }
  }

  /** What work comes to, if it does so in time. Else rejects with Timeout, and calls `leave`: nobody waits for it any more. */
  within<T>(limitMs: number, work: () => Promise<T>, leave: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = this.#begin(limitMs, () => {
        reject(new StatusError('Timeout', 'Timeout: request did not complete within the allotted timeout'))
        leave()
      })
      work().then(resolve, reject).finally(end)
    })
  }

  #begin(limitMs: number, late: () => void): () => void {
    if (limitMs === this.#limitMs) {
      const mine = { untilMs: this.#clock.now().getTime() + limitMs, late }
      this.#waiting.add(mine)
      return () => this.#waiting.delete(mine)
    }
    const over = new AbortController()
    void this.#clock.sleep(limitMs, over.signal).then(() => over.signal.aborted || late())
    return () => over.abort()
  }
}
