import { access, constants, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a directory that only its owner sees, where there is none. Throws a sentence where nobody could write to it. */
export async function writable(directory: string): Promise<void> {
  try {
    // Asked first: making a directory on what is mounted read-only fails as if its parent were missing, and one that is there does not fail.
    await access(await nearest(directory), constants.W_OK)
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause
    throw new Error(`${directory} cannot be written to: make it writable, or name another directory (${why})`, { cause })
  }
}

/** The directory, or the closest one above it that exists. */
const nearest = (path: string): Promise<string> =>
  access(path).then(
    () => path,
    () => nearest(dirname(path)),
  )
