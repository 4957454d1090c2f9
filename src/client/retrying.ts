import type { Clock } from '#machinery/clock.ts'
import type { Answer } from './answer.ts'
import type { Transport } from './transport.ts'

/** How often a request is sent again. */
const most = 10
/** How long is waited after a connection that broke. */
const brokenMs = 1000

/**
 * Sends again what the server was too busy for, when it says so (429 or 5xx with Retry-After: nothing was done), and a GET whose
 * connection broke (upstream: client-go/rest/with_retry.go). A write is never repeated that may have been done.
 */
export const retrying = (transport: Transport, clock: Clock): Transport => ({
  async send(request, signal) {
    for (let retries = 0; ; retries++) {
      let pauseMs = brokenMs
      try {
        const answer = await transport.send(request, signal)
        const asked = retries < most ? askedMs(answer) : undefined
        if (asked === undefined) return answer
        pauseMs = asked
        // Or its connection would not come back.
        for await (const _ of answer.body);
      } catch (error) {
        if (retries === most || signal?.aborted || request.method !== 'GET' || !hasBroken(error)) throw error
      }
      await clock.sleep(pauseMs, signal ?? never)
      signal?.throwIfAborted()
    }
  },
  close: () => transport.close(),
})

const never = new AbortController().signal

/** How long a server wants to be left alone; nothing, if it does not say so. */
function askedMs({ status, headers }: Answer): number | undefined {
  const after = headers['retry-after'] ?? ''
  return (status === 429 || status >= 500) && /^\d+$/.test(after) ? Number(after) * 1000 : undefined
}

const hasBroken = (error: unknown): boolean => ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')
