import { readFile } from 'node:fs/promises'
import type { Clock } from '#machinery/clock.ts'

/** Reads a file that a flag names, and makes something of it. Throws a sentence that names both. */
export async function readFlagged<T>(flag: string, file: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new Error(`--${flag}: ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
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
