import type { Revision } from './storage.ts'

/** What the log says of one write: all but the value. */
export interface LogEntry {
  readonly key: string
  /** The write that made the value before; 0 where there was none. */
  readonly previous: Revision
  readonly deleted: boolean
}

/** Revisions are kept in 6 bytes: enough for 1,000 writes a second during 8,900 years. */
const width = 6

export function encodeRevision(revision: Revision): Buffer {
  const bytes = Buffer.allocUnsafe(width)
  bytes.writeUIntBE(revision, 0, width)
  return bytes
}

/** By hand, as a Buffer over the bytes would cost more than the reading: once for every entry of every read. */
export function decodeRevision(bytes: Uint8Array): Revision {
  let revision = 0
  for (let at = 0; at < width; at++) revision = revision * 256 + bytes[at]!
  return revision
}

/** The previous revision, a byte that is 1 for a deletion, the key in UTF-8. */
export function encodeLogEntry({ key, previous, deleted }: LogEntry): Buffer {
  const bytes = Buffer.allocUnsafe(width + 1 + Buffer.byteLength(key))
  bytes.writeUIntBE(previous, 0, width)
  bytes[width] = deleted ? 1 : 0
  bytes.write(key, width + 1)
  return bytes
}

export const decodeLogEntry = (bytes: Uint8Array): LogEntry => ({
  key: view(bytes).toString('utf8', width + 1),
  previous: decodeRevision(bytes),
  deleted: bytes[width] === 1,
})

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
