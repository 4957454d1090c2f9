import type { AuditEvent } from './event.ts'

/** Where events go. Never throws, never rejects: what cannot be written is told in the log. */
export interface Sink {
  /** Whether a request waits until its events are written, and what comes of that. */
  readonly blocks: boolean
  /** Whether all of them are safe; only one that blocks can say no. */
  write(events: readonly AuditEvent[]): Promise<boolean>
  /** Resolves when everything written so far has gone out. */
  close(): Promise<void>
}

/** A sink that is waited for, but never to blame: a request goes on if its events cannot be written (upstream: ModeBlocking). */
export const forgiving = (sink: Sink): Sink => ({ ...sink, write: events => sink.write(events).then(() => true) })
