import { type Agent, request } from 'node:https'
import type { TestServer } from '#apiserver/testing.ts'
import type { Wish } from './wish.ts'

/** How a request ended: with a code, refused by the client itself, or with the connection. */
export interface End {
  readonly code: number | undefined
  readonly text: string
}

/** No answer may take longer, on however busy a machine. */
export const longestMs = 30_000

/** Sends a request as it is. Of a watch, a log or an upgraded connection only the beginning is read. Rejects if nothing comes. */
export function send({ tls }: TestServer, agent: Agent, { method, path, headers, body }: Wish): Promise<End> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(longestMs)
    late.addEventListener('abort', () => reject(new Error(`no answer within ${longestMs} ms`)))
    const { host, port, ca, cert, key } = tls
    const length = body ? { 'content-length': body.length } : {}
    const out = request({ host, port, ca, cert, key, agent, method, path, headers: { ...headers, ...length }, signal: late })
    out.once('response', answer => {
      const isLong = /watch/.test(path)
      const chunks: Buffer[] = []
      const end = (): void => resolve({ code: answer.statusCode, text: Buffer.concat(chunks).toString() })
      if (isLong && answer.statusCode === 200) {
        end()
        answer.destroy()
      }
      answer
        .on('data', chunk => chunks.push(chunk))
        .once('end', end)
        .once('error', end)
    })
    out.once('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ code: answer.statusCode, text: '' })
    })
    // A server may hang up in the middle of what makes no sense: what matters is whether it still answers others.
    out.once('error', error => resolve({ code: undefined, text: error.message }))
    if (!body && headers.expect) out.flushHeaders()
    out.end(body)
  })
}
