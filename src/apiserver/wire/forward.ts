import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Answer, Request, Streamed } from '#apiserver/request/request.ts'
import { http } from '#machinery/http.ts'
import { room } from './room.ts'

/** A server behind this one: where it answers, and how it is spoken to. */
export interface Backend
  extends Pick<RequestOptions, 'agent' | 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername' | 'checkServerIdentity'> {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly port: number
  /** What it is called there, where that is not what the client called it. */
  readonly name?: string
}

/** What is asked of a backend. */
export interface Errand {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** Upstream's dialer gives up after as long. */
const dialTimeoutMs = 30_000

/** Passes a request on, with its method and its body as it comes in; answers when the backend's headers are there. Rejects if it cannot be reached. */
export function send(request: Request, backend: Backend, errand: Errand): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const out = open(request, backend, errand)
    out.once('response', resolve)
    out.once('error', reject)
    if (request.method === 'GET' || request.method === 'HEAD') out.end()
    else request.raw.pipe(out)
  })
}

/** Joins the client's connection, which asks for an upgrade, to the backend's. Resolves with what a backend says that does not upgrade. */
export function join(
  request: Request,
  client: Duplex,
  head: Buffer,
  backend: Backend,
  errand: Errand,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const out = open(request, backend, errand)
    out.once('upgrade', (answer, socket, first) => {
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer)}\r\n`)
      if (first.length > 0) client.write(first)
      if (head.length > 0) socket.write(head)
      socket.pipe(client).pipe(socket)
      for (const [one, other] of [
        [socket, client],
        [client, socket],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
      resolve(undefined)
    })
    out.once('response', resolve)
    out.once('error', reject)
    out.end()
  })
}

/** A backend's answer as ours, its body passed on as it comes. */
export const passedBack = (
  { signal }: Request,
  answer: IncomingMessage,
  type: string,
  headers: NonNullable<Answer['headers']> = {},
): Streamed => ({
  code: answer.statusCode ?? 502,
  type,
  headers,
  body: async out => {
    const leave = (): void => void answer.destroy()
    signal.addEventListener('abort', leave, { once: true })
    try {
      for await (const chunk of answer) if (!out.write(chunk)) await room(out, signal)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  },
})

function open({ method, signal }: Request, { protocol, ...backend }: Backend, { path, headers }: Errand): ClientRequest {
  const start = protocol === 'https:' ? httpsRequest : http.request
  const out = start({ ...backend, path, headers, method, signal, timeout: dialTimeoutMs })
  out.on('timeout', () => {
    if (out.socket?.connecting) out.destroy(Object.assign(new Error('i/o timeout'), { code: 'ETIMEDOUT' }))
  })
  return out
}

function headerLines({ rawHeaders }: IncomingMessage): string {
  let lines = ''
  for (let at = 0; at < rawHeaders.length; at += 2) lines += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
  return lines
}
