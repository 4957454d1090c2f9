import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const busy = 5

/**
 * Takes a directory for this process alone, and gives the way to let go of it. Throws a sentence for people where
 * somebody else has it, in this process or another.
 *
 * Node has no flock(). SQLite comes with Node and knows on every system how to lock a file so that the lock is gone with its
 * process, `kill -9` included: an open exclusive transaction on an empty database is such a lock, and nothing more.
 */
export function lock(directory: string): () => void {
  const file = new DatabaseSync(join(directory, 'lock'))
  try {
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (cause) {
    file.close()
    if ((cause as { errcode?: number }).errcode !== busy) throw cause
    throw new Error('somebody else is using it: stop that one, or choose another directory', { cause })
  }
  return () => file.close()
}
