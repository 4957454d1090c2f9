import type { Remote } from '#apiserver/wire/remote.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Sink } from './sink.ts'

/** As upstream has it (webhook.DefaultRetryBackoffWithInitialDelay). */
const timeoutMs = 30_000
const tries = 5
const growth = 1.5

/** Posts events to a service as EventLists, again and again where it does not take them; when the signal aborts, only once more. */
export function webhookSink(
  remote: Remote,
  { clock, log, firstPauseMs }: { clock: Clock; log: Log; firstPauseMs: number },
  signal: AbortSignal,
): Sink {
  return {
    blocks: true,
    async write(items) {
      const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }
      for (let turn = 1, pauseMs = firstPauseMs; ; turn++, pauseMs *= growth) {
        try {
          await remote.post(list, timeoutMs)
          return true
        } catch (error) {
          if (turn < tries && !signal.aborted) await clock.sleep(pauseMs, signal)
          else {
            const lost = items.length
            log.error('audit events are lost: their webhook does not take them', { lost, error: String(error) })
            return false
          }
        }
      }
    },
    close: async () => {},
  }
}
