import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until the answer is no error, and gives it; after the deadline, the last error. */
export async function eventually<T>(ask: () => T | Promise<T>, longestMs = 30_000): Promise<T> {
  const deadline = performance.now() + longestMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}
