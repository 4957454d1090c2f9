import https from 'node:https'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { http } from '#machinery/http.ts'
import { Abortable } from './abortable.ts'
import type { Answer } from './answer.ts'
import { Streams } from './streams.ts'

export type { Answer } from './answer.ts'

/** Carries requests to one API server. */
export interface Transport {
  /** Sends one request; resolves when the answer's headers are there. Rejects only when no answer came or the signal aborted. */
  send(request: Outgoing, signal?: AbortSignal): Promise<Answer>
  /** Lets go of idle connections. */
  close(): void
}

/** One request. `stream` says that its answer may go on for ever; it has no body. */
export interface Outgoing {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string | undefined
  readonly stream?: boolean
}

/** Where an API server is, and who comes. Everything but `server` is optional; keys and certificates are PEM. */
export interface Access {
  /** `https://127.0.0.1:6443` */
  readonly server: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string | (() => Promise<string>)
  /** Whether to believe any server certificate. */
  readonly insecure?: boolean
  /** The name the server's certificate must carry, where it is not the host of `server`. */
  readonly serverName?: string
}

/** So many ordinary requests are under way at once; more wait for a free connection, which is cheaper than another TLS handshake. */
const connections = 32

/**
 * HTTP/1.1 over TLS (or plain, for an `http:` server) with connections kept alive. What streams shares one HTTP/2 connection,
 * where the server speaks it.
 */
export function httpsTransport(access: Access): Transport {
  const base = new URL(access.server)
  const prefix = base.pathname.replace(/\/$/, '')
  const isTls = base.protocol !== 'http:'
  const host = base.hostname.replace(/^\[|\]$/g, '')
  const { request, Agent } = isTls ? https : http
  const port = Number(base.port || (isTls ? 443 : 80))
  const { ca, cert, key } = access
  const tls = {
    // Made once: an agent would parse the certificates anew for each connection, and compare them for each request.
    ...((ca || cert) && {
      secureContext: createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
    }),
    ...(access.insecure && { rejectUnauthorized: false }),
    ...(access.serverName && { servername: access.serverName }),
  }
  const short = new Agent({ keepAlive: true, maxSockets: connections, ...tls })
  const long = new Agent({ keepAlive: true, ...tls })
  const abortable = new Abortable()
  const serverName = access.serverName ?? (isIP(host) ? '' : host)
  const streams = isTls ? new Streams({ ...tls, host, port, servername: serverName }, abortable) : undefined

  return {
    async send({ method, path, headers = {}, body, stream = false }, signal) {
      const token = typeof access.token === 'function' ? await access.token() : access.token
      const all = { ...headers, ...(token && { authorization: `Bearer ${token}` }) }
      const where = prefix + path
      const streaming = stream && (await streams?.send({ ':method': method, ':path': where, ...all }, signal))
      if (streaming) return streaming
      const length = body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }
      return new Promise<Answer>((resolve, reject) => {
        const outgoing = request(
          { host, port, method, path: where, agent: stream ? long : short, headers: { ...all, ...length } },
          answer =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers as Record<string, string | undefined>,
              body: answer,
            }),
        )
        outgoing.on('error', reject)
        if (signal) abortable.add(outgoing, signal)
        outgoing.end(body)
      })
    },
    close() {
      short.destroy()
      long.destroy()
      streams?.close()
    },
  }
}
