import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { AuditEvent } from './event.ts'
import type { Sink } from './sink.ts'

/** How events wait to be written together (upstream: plugin/pkg/audit/buffered). */
export interface Batching {
  /** So many may wait; what comes beyond is dropped, and the log says how many. */
  readonly bufferSize: number
  readonly maxSize: number
  /** A batch that is not full goes after this time. */
  readonly maxWaitMs: number
  /** So many batches a second, and so many at once after a pause; left out: as they come. */
  readonly throttle?: { readonly qps: number; readonly burst: number } | undefined
  /** Whether a batch may go before the last one has arrived. */
  readonly sideBySide: boolean
}

/** A sink that nobody waits for: events are written in the background, many at once. */
export function buffered(
  sink: Sink,
  { bufferSize, maxSize, maxWaitMs, throttle, sideBySide }: Batching,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Sink {
  const waiting: AuditEvent[] = []
  const underway = new Set<Promise<unknown>>()
  let dropped = 0
  let hurry = new AbortController()
  const ending = new AbortController()
  const mayGo = throttle ? tokenBucket(throttle, clock) : async () => {}

  async function run(): Promise<void> {
    while (!ending.signal.aborted || waiting.length > 0) {
      if (waiting.length < maxSize && !ending.signal.aborted) {
        hurry = new AbortController()
        await clock.sleep(maxWaitMs, AbortSignal.any([hurry.signal, ending.signal]))
      }
      const events = waiting.splice(0, maxSize)
      if (dropped > 0) log.error('audit events were dropped: too many waited to be written', { dropped })
      dropped = 0
      if (events.length === 0) continue
      await mayGo(ending.signal)
      const written = sink.write(events).finally(() => underway.delete(written))
      underway.add(written)
      if (!sideBySide) await written
    }
    await Promise.all(underway)
    await sink.close()
  }

  signal.addEventListener('abort', () => ending.abort(), { once: true })
  const running = run()
  return {
    blocks: false,
    async write(events) {
      const fitting = events.slice(0, Math.max(0, bufferSize - waiting.length))
      dropped += events.length - fitting.length
      waiting.push(...fitting)
      if (waiting.length >= maxSize) hurry.abort()
      return true
    },
    async close() {
      ending.abort()
      await running
    },
  }
}

/** Waits for leave to go: `burst` at once, and then `qps` a second. Who is in a hurry to end waits for none. */
function tokenBucket(
  { qps, burst }: { readonly qps: number; readonly burst: number },
  clock: Clock,
): (ending: AbortSignal) => Promise<void> {
  let tokens = burst
  let at = clock.now().getTime()
  return async ending => {
    const now = clock.now().getTime()
    tokens = Math.min(burst, tokens + ((now - at) * qps) / 1000) - 1
    at = now
    if (tokens < 0) await clock.sleep((-tokens * 1000) / qps, ending)
  }
}
