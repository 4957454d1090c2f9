import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { Duplex, Writable } from 'node:stream'
import type { Facts } from '#apiserver/facts.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Media } from './negotiate.ts'

/** One request that was let in, as verbs and subresources see it. */
export interface Request {
  readonly method: string
  readonly attributes: Attributes
  readonly user: User
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** What the client wants to read. */
  readonly accept: Media
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal
  readonly raw: IncomingMessage | Http2ServerRequest
  /** The connection, for a request that asks to upgrade it (exec, attach, port-forward). */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined
  /** The body, read once. Throws RequestEntityTooLarge past 3 MiB. */
  body(): Promise<Buffer>
  /** What is known of the shapes of objects. */
  readonly facts: Facts
  /** Adds a sentence to the Warning header; doubles are dropped. */
  warn(message: string): void
  /** Adds a word to what is written down of the request; missing where nothing is. */
  readonly annotate?: (key: string, value: string) => void
}

/** What is sent back. */
export interface Answer {
  readonly code: number
  readonly type: string
  readonly body: Uint8Array | readonly Uint8Array[] | Stream
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** What is sent back bit by bit. */
export interface Streamed extends Answer {
  readonly body: Stream
}

/** A body that is written bit by bit: watches, followed logs. Ends when it resolves; the request's signal tells when nobody reads any more. */
export type Stream = (out: Writable) => Promise<void>
