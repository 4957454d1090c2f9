/**
 * A single ordered history of writes to keys. Storage knows bytes and revisions;
 * it does not know what an object is.
 *
 * Guarantees: every write gets the next revision; who reads or watches sees only what is durable; keys lie in the
 * order of their UTF-8 bytes; a promise that resolved is true after a crash.
 * Assumptions: one process writes to an embedded store; whoever hands over a value does not change its bytes afterwards.
 */
export interface Storage {
  /**
   * The entries of a range as they were at one revision (the newest, unless `at` says otherwise), in the order of their keys.
   * Throws Compacted for a forgotten revision, RangeError for one that has not come yet, and Hindered.
   */
  read(range: Range, options?: { readonly at?: Revision | undefined; readonly limit?: number | undefined }): Promise<Page>

  /** The newest revision. No write that was answered before the call is newer: who has seen it has seen them all. */
  newest(): Promise<Revision>

  /**
   * Writes one key if nobody has written it since `expected` (0: the key must not exist). Durable when it resolves.
   * A lost race is a value, not an error; so is the deletion of a key that is not there. Throws Hindered.
   */
  write(change: Write): Promise<Outcome>

  /**
   * Every write to a range after a revision, in order, in batches; a batch without events says how far history has come.
   * The first batch comes at once. Guarantees: no gap, no repetition, at whatever pace the watcher pulls.
   * Throws Compacted if history no longer reaches back that far, also in the middle of a watch. Ends when the signal aborts.
   */
  watch(range: Range, after: Revision, signal: AbortSignal): AsyncIterable<Batch>

  /** Forgets history up to a revision (at most the newest). The entries as they were then stay readable, and so do all later ones. */
  compact(upTo: Revision): Promise<void>

  /** Ends every watch, waits for the writes under way, lets go of files and connections. Nothing else may be called afterwards. */
  close(): Promise<void>
}

/** Counts writes to the whole store, from 1 or, in etcd, from 2. 0 means before all of them, or: does not exist. */
export type Revision = number

/** From `start` up to, but not including, `end`. */
export interface Range {
  readonly start: string
  readonly end: string
}

export interface Entry {
  readonly key: string
  readonly value: Uint8Array
  /** The write that made this value. */
  readonly revision: Revision
}

/** What a read gives. */
export interface Page {
  /** The revision at which the range looked like this. */
  readonly revision: Revision
  readonly entries: readonly Entry[]
  /** How many entries of the range lie behind the last one given. */
  readonly remaining: number
}

/** No value: the key is deleted. */
export interface Write {
  readonly key: string
  readonly value?: Uint8Array | undefined
  readonly expected: Revision
}

/** What became of a write. `actual` is what stands there instead. */
export type Outcome =
  | { readonly written: true; readonly revision: Revision }
  | { readonly written: false; readonly actual: Entry | undefined }

/** One write that happened. No value: the key was deleted. */
export interface Event {
  readonly key: string
  readonly value: Uint8Array | undefined
  readonly previous: Entry | undefined
  readonly revision: Revision
}

/** All writes to a range up to `revision` that the batches before it did not tell. */
export interface Batch {
  readonly revision: Revision
  readonly events: readonly Event[]
}

/** History no longer reaches back to the revision that was asked for. */
export class Compacted extends Error {
  /** The oldest revision that can still be read, or watched from. */
  readonly oldest: Revision
  constructor(oldest: Revision) {
    super(`history begins after revision ${oldest}`)
    this.name = 'Compacted'
    this.oldest = oldest
  }
}

/** Why a storage did not do what it was asked, though nothing was wrong with the asking. */
export type Obstacle =
  /** Nobody answers, or nobody may decide. A write has not happened, and will not. */
  | 'unavailable'
  /** No answer to a write: it may have happened, or happen yet. */
  | 'undecided'
  /** No room. Reads, deletions and compactions go on. */
  | 'full'
  /** The value is larger than this storage takes. */
  | 'too large'
  /** What lies there is not what was written. To ask again is of no use. */
  | 'damaged'

/** The storage could not. The message is a sentence for people. */
export class Hindered extends Error {
  readonly obstacle: Obstacle
  constructor(obstacle: Obstacle, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Hindered'
    this.obstacle = obstacle
  }
}

/** The range of one key. */
export const one = (key: string): Range => ({ start: key, end: `${key}\0` })

/** The range of all keys that begin with a prefix. */
export const under = (prefix: string): Range => ({ start: prefix, end: `${prefix}\u{10ffff}` })
