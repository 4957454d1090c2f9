import type { Remote } from '#apiserver/wire/remote.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Sink } from './auditor.ts'
import type { AuditEvent } from './event.ts'

/** As upstream has it (--audit-webhook-batch-…). */
const mostWaiting = 10_000
const mostAtOnce = 400
const longestWaitMs = 30_000
const timeoutMs = 30_000
const tries = 4
const firstPauseMs = 10_000

/** Posts events to a service as EventLists, many at once. While it does not answer they wait; beyond 10,000 they are dropped, and the log says how many. */
export function webhookSink(remote: Remote, { clock, log }: { clock: Clock; log: Log }, signal: AbortSignal): Sink {
  const waiting: AuditEvent[] = []
  let dropped = 0
  let hurry = new AbortController()
  const ending = new AbortController()

  async function post(items: readonly AuditEvent[]): Promise<void> {
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }
    for (let turn = 1, pauseMs = firstPauseMs; ; turn++, pauseMs *= 1.5) {
      try {
        await remote.post(list, timeoutMs)
        return
      } catch (error) {
        if (turn < tries && !ending.signal.aborted) await clock.sleep(pauseMs, ending.signal)
        else
          return log.error('audit events are lost: their webhook does not take them', {
            lost: items.length,
            error: String(error),
          })
      }
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted || waiting.length > 0) {
      if (waiting.length < mostAtOnce && !ending.signal.aborted) {
        hurry = new AbortController()
        await clock.sleep(longestWaitMs, AbortSignal.any([hurry.signal, ending.signal]))
      }
      const items = waiting.splice(0, mostAtOnce)
      if (items.length > 0) await post(items)
      if (dropped > 0) log.error('audit events were dropped: too many waited for their webhook', { dropped })
      dropped = 0
    }
  }

  signal.addEventListener('abort', () => ending.abort(), { once: true })
  const running = run()
  return {
    write(event) {
      if (waiting.length >= mostWaiting) dropped++
      else waiting.push(event)
      if (waiting.length >= mostAtOnce) hurry.abort()
    },
    async close() {
      ending.abort()
      await running
    },
  }
}
