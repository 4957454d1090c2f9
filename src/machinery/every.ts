import type { Clock } from './clock.ts'

/**
 * Does something again and again, with so much time before each, until the signal aborts. What it throws is told, and is no reason to
 * stop: the next time may be better.
 */
export async function every(
  ms: number,
  work: () => Promise<unknown>,
  { clock, failed }: { readonly clock: Clock; failed(error: Error): void },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(ms, signal)
    if (signal.aborted) return
    await work().catch(failed)
  }
}
