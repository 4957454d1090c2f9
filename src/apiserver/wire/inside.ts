import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { handle, type Pipeline } from '#apiserver/pipeline.ts'
import type { Answer, Stream } from '#apiserver/request/request.ts'
import type { User } from '#apiserver/user.ts'
import { http } from '#machinery/http.ts'

/** A request of a part of this very process. Names of headers are in lower case. */
export interface InsideRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string | undefined
}

/** Its answer: bytes, as they would come over the wire. */
export interface InsideAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}

/** One who lives in the process of the API server. */
export interface Insider {
  /** Resolves when the answer begins. Rejects only when the signal aborts first. */
  send(request: InsideRequest, signal?: AbortSignal): Promise<InsideAnswer>
  close(): void
}

/**
 * The way in for parts that share the API server's process: the whole way of a request, in bytes, with the rights of the user
 * it is made for, but without sockets, TLS and HTTP in between, which cost several times what the request itself does.
 * As over a wire an answer never comes in the same turn of the event loop: who asks in a circle holds up nobody.
 */
export function insider(pipeline: Pipeline, user: User, stopped: AbortSignal): Insider {
  return {
    async send({ method, path, headers = {}, body = '' }, signal) {
      await new Promise(setImmediate)
      signal?.throwIfAborted()
      const bytes = Buffer.from(body as string)
      const mark = path.indexOf('?')
      const gone = new AbortController()
      const answer = await handle(pipeline, {
        method,
        path: mark < 0 ? path : path.slice(0, mark),
        id: randomUUID(),
        query: new URLSearchParams(mark < 0 ? '' : path.slice(mark)),
        headers,
        authenticate: async () => user,
        signal: gone.signal,
        leave: () => gone.abort(),
        raw: rawOf(method, path, headers, bytes),
        upgrade: undefined,
        body: async () => bytes,
        warn() {},
      })
      signal?.throwIfAborted()
      const { code, type, body: said, headers: more } = answer!
      const all = { 'content-type': type, ...(more as Readonly<Record<string, string>>) }
      if (typeof said === 'function') return { status: code, headers: all, body: flowing(said, gone, [stopped, signal]) }
      return { status: code, headers: all, body: chunks(said) }
    },
    close() {},
  }
}

/** For the few doors that hand a request on as it came. */
function rawOf(method: string, url: string, headers: Readonly<Record<string, string>>, body: Buffer): IncomingMessage {
  const raw = Object.assign(new http.IncomingMessage(nowhere), { method, url, headers, complete: true })
  raw.push(body)
  raw.push(null)
  return raw
}

const nowhere = new Socket()

async function* chunks(body: Exclude<Answer['body'], Stream>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body
  else yield* body
}

/** A body that goes on: until it ends, its reader turns away, or one of the signals aborts. */
function flowing(body: Stream, gone: AbortController, ends: readonly (AbortSignal | undefined)[]): AsyncIterable<Uint8Array> {
  const out = new PassThrough()
  const end = (): void => void out.destroy()
  for (const signal of ends) signal?.addEventListener('abort', end)
  out.once('close', () => {
    gone.abort()
    for (const signal of ends) signal?.removeEventListener('abort', end)
  })
  if (ends.some(signal => signal?.aborted)) end()
  void body(out).then(
    () => out.end(),
    () => out.destroy(),
  )
  return out
}
