import { readFile } from 'node:fs/promises'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'

/** Reads a file that a flag names, and makes something of it. Throws a sentence that names both. */
export async function readFlagged<T>(flag: string, file: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new Error(`--${flag}: ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** A file, and the flag that names it. */
export interface Flagged {
  readonly flag: string
  readonly file: string
}

/**
 * What a file comes to, when it is first looked at and each time it says something else, until the signal aborts. What is wrong with
 * it is logged once, and what was before holds on.
 */
export async function* changesIn<T>(
  { flag, file }: Flagged,
  parse: (text: string) => T | Promise<T>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): AsyncGenerator<T> {
  let last: string | undefined
  for (;;) {
    await clock.sleep(everyMs, signal)
    if (signal.aborted) return
    // A file that is gone for a moment is about to be another.
    const text = await readFile(file, 'utf8').catch(() => last)
    if (text === undefined || text === last) continue
    const isFirst = last === undefined
    last = text
    try {
      yield await parse(text)
      if (!isFirst) log.info('a file is taken anew', { flag, file })
    } catch (error) {
      log.error('a file cannot be taken, what it said before holds on', { flag, file, error: (error as Error).message })
    }
  }
}

/** How often files are looked at. */
const everyMs = 2000

/**
 * What is made of some files, each time it is another than before, until the signal aborts. While they cannot be read, or hold
 * nothing good (they may be half written), what was before holds on.
 */
export async function* changesOf<T>(
  read: () => Promise<T>,
  { clock, failed }: { clock: Clock; failed(error: unknown): void },
  signal: AbortSignal,
): AsyncGenerator<T> {
  for (let last = JSON.stringify(await read()); ; ) {
    await clock.sleep(everyMs, signal)
    if (signal.aborted) return
    try {
      const now = await read()
      const text = JSON.stringify(now)
      if (text === last) continue
      last = text
      yield now
    } catch (error) {
      failed(error)
    }
  }
}
