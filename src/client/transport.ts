import http from 'node:http'
import https from 'node:https'
import { createSecureContext } from 'node:tls'
import { Abortable } from './abortable.ts'

/** Carries requests to one API server. */
export interface Transport {
  /** Sends one request; resolves when the answer's headers are there. Rejects only when no answer came or the signal aborted. */
  send(request: Outgoing, signal?: AbortSignal): Promise<Answer>
  /** Lets go of idle connections. */
  close(): void
}

/** One request. `stream` says that its answer may go on for ever: it gets a connection of its own. */
export interface Outgoing {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string | undefined
  readonly stream?: boolean
}

/** What came back. The body must be read to its end or its iteration broken off: either gives the connection back. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: AsyncIterable<Uint8Array>
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

/** HTTP/1.1 over TLS (or plain, for an `http:` server) with connections kept alive. */
export function httpsTransport(access: Access): Transport {
  const base = new URL(access.server)
  const prefix = base.pathname.replace(/\/$/, '')
  const { request, Agent } = base.protocol === 'http:' ? http : https
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

  return {
    async send({ method, path, headers = {}, body, stream = false }, signal) {
      const token = typeof access.token === 'function' ? await access.token() : access.token
      return new Promise<Answer>((resolve, reject) => {
        const outgoing = request(
          {
            host: base.hostname.replace(/^\[|\]$/g, ''),
            port: base.port || (base.protocol === 'http:' ? 80 : 443),
            method,
            path: prefix + path,
            agent: stream ? long : short,
            headers: {
              ...headers,
              ...(token && { authorization: `Bearer ${token}` }),
              ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
            },
          },
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
    },
  }
}
