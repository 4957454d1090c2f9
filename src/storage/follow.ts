import type { Bell } from './bell.ts'
import { within } from './keys.ts'
import { type Batch, Compacted, type Range, type Revision } from './storage.ts'

/** What a store must show of itself so that it can be watched. */
export interface History {
  readonly revision: Revision
  readonly compacted: Revision
  readonly closed: boolean
  /** Rings after each change of the above. */
  readonly news: Bell
  /** What happened after a revision to the keys that match, or the beginning of it; in one breath. */
  since(seen: Revision, matches: (key: string) => boolean): Batch | Promise<Batch>
}

/** Storage.watch over a history: pulls, and sleeps where there is nothing to pull, so that a slow watcher costs nothing. */
export async function* follow(history: History, range: Range, after: Revision, signal: AbortSignal): AsyncGenerator<Batch, void> {
  const matches = within(range)
  const ear = history.news.listen(signal)
  try {
    for (let seen = after, told = false; !signal.aborted && !history.closed; ) {
      if (seen < history.compacted) throw new Compacted(history.compacted)
      if (told && history.revision <= seen) {
        await ear.next()
        continue
      }
      // Taken in one breath: whatever is written while we yield belongs to the next batch.
      const batch = await history.since(seen, matches)
      seen = Math.max(seen, batch.revision)
      told = true
      yield batch
    }
  } finally {
    ear.close()
  }
}
