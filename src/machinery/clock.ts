/** The time, as something that is handed in: every lease, back-off and expiry reads the clock it was given. */
export interface Clock {
  now(): Date
  /** Resolves after `ms`, or as soon as the signal aborts: it never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The time of the world. The only place that may read it. */
export const realClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1))
      signal.addEventListener('abort', done, { once: true })
    }),
}
