import type { Writable } from 'node:stream'

/** Resolves when a stream that was written to has room again, has closed, or nobody wants to wait any more. */
export const room = (out: Writable, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      out.off('drain', done)
      out.off('close', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    out.on('drain', done)
    out.on('close', done)
    signal.addEventListener('abort', done)
  })
