import { StatusError } from '#api/status.ts'
import type { Store } from '#apiserver/store/store.ts'
import type { Clock } from '#machinery/clock.ts'

/** How long a request waits for a revision that has not come yet (upstream: blockTimeout). */
const patienceMs = 3000

/**
 * Waits until a store's cache shows at least a revision: the newest of all where none is asked for, anything for 0.
 * Throws Timeout (`Too large resource version`) if it does not come.
 */
export async function atLeast(store: Store, revision: number | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
  const { cache } = store
  await cache.ready(signal)
  const wanted = revision ?? (await store.newest())
  if (cache.revision >= wanted) return
  const waited = new AbortController()
  const done = new AbortController()
  void clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).then(() => waited.abort())
  try {
    await cache.reach(wanted, waited.signal)
  } catch {
    signal.throwIfAborted()
    throw tooLarge(wanted, cache.revision)
  } finally {
    done.abort()
  }
}

const tooLarge = (wanted: number, current: number): StatusError =>
  new StatusError('Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }],
    retryAfterSeconds: 1,
  })
