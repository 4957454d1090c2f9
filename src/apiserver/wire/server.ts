import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createSecureServer, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { pipeline as flow } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'
import Koa, { type Context } from 'koa'
import { badRequest, StatusError } from '#api/status.ts'
import { withoutToken } from '#apiserver/authentication/protocol-token.ts'
import { takeAll } from '#apiserver/changes.ts'
import { handle, type Pipeline } from '#apiserver/pipeline.ts'
import { maxBodyBytes } from '#apiserver/request/body.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { ClientCertificate, Credentials } from '#apiserver/user.ts'
import { http } from '#machinery/http.ts'
import type { Log } from '#machinery/log.ts'
import { chunkBytes, chunks, lengthOf } from './chunks.ts'
import type { Incoming } from './incoming.ts'
import { type Authorities, authoritiesOf, certificateOf, secureContextOf, type TlsMaterial } from './tls.ts'

/** Where and as whom the server listens. */
export interface Listening {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly tls: TlsMaterial
  /** What the server shows and takes from now on, each time it changes: connections made before go on, and are judged anew. */
  readonly tlsChanges?: (signal: AbortSignal) => AsyncIterable<TlsMaterial>
  /** Whether a client that comes over HTTP/2 is to come again over another connection: asked for each request. */
  readonly goaway?: () => boolean
}

/** How long a handshake, and the headers of a request, may take to come (upstream: ReadHeaderTimeout), and how often it is looked at. */
const headersMs = 32_000
const lookMs = 5000

type Raw = IncomingMessage | Http2ServerRequest

/** HTTP/2 and HTTP/1.1 on one TLS port, upgrades included; koa carries requests to the pipeline and answers back. Stops when the signal aborts. */
export async function listen(
  pipeline: Pipeline,
  { host, port, tls, tlsChanges, goaway }: Listening,
  signal: AbortSignal,
): Promise<{ port: number; closed: Promise<void> }> {
  const app = new Koa()
  const upgrades = new WeakMap<Raw, NonNullable<Incoming['upgrade']>>()
  let people = new People(authoritiesOf(tls))
  // One listener for all: a signal looks through all of its own whenever one is added, and requests come by the thousand.
  const underway = new Set<() => void>()
  signal.addEventListener('abort', () => {
    for (const leave of underway) leave()
  })
  app.use(ctx => exchange(pipeline, ctx, upgrades.get(ctx.req), people, { signal, underway }))
  // A client that hangs up in the middle of a body is normal life.
  app.on('error', (error: Error) => pipeline.log.debug('a connection broke', { error: error.message }))
  const callback = app.callback() as (request: Raw, response: unknown) => Promise<void>

  const server = createSecureServer({
    ...secureContextOf(tls),
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: headersMs,
  })
  Object.assign(server, { headersTimeout: headersMs, requestTimeout: 0, connectionsCheckingInterval: lookMs })
  const take = (material: TlsMaterial): void => {
    for (const { names, ...named } of material.named ?? [])
      for (const name of names) server.addContext(name, secureContextOf({ ...material, ...named }))
  }
  take(tls)
  server.on('request', (request, response) => {
    // Closes when all that was asked is answered.
    if (request.httpVersionMajor === 2 && goaway?.()) (request as Http2ServerRequest).stream.session?.close()
    void callback(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Answered like any other request, until a handler takes the connection over.
    upgrades.set(request, { socket, head })
    const { headers } = request
    if (headers['sec-websocket-protocol']) headers['sec-websocket-protocol'] = withoutToken(headers['sec-websocket-protocol'])
    const response = new http.ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket as TLSSocket)
    response.once('finish', () => socket.end())
    void callback(request, response)
  })
  // Also those whose handshake is not over.
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // Or the first event of a watch waits 40 ms for an acknowledgement of the headers.
    socket.setNoDelay(true)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    if (signal.aborted) socket.destroy()
  })
  server.on('secureConnection', socket => socket.on('error', () => {}))
  server.on('tlsClientError', error => pipeline.log.debug('a TLS handshake failed', { error: error.message }))
  server.on('sessionError', error => pipeline.log.debug('an HTTP/2 session broke', { error: error.message }))

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const closed = new Promise<void>(resolve => server.once('close', resolve))
  const changing = takeAll(tlsChanges?.(signal), material => {
    server.setSecureContext(secureContextOf(material))
    take(material)
    people = new People(authoritiesOf(material))
  })
  signal.addEventListener('abort', () => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, closed: Promise.all([closed, changing]).then(() => {}) }
}

/** Whether the server goes on, and what must end with it. */
interface Running {
  readonly signal: AbortSignal
  readonly underway: Set<() => void>
}

async function exchange(
  pipeline: Pipeline,
  ctx: Context,
  upgrade: Incoming['upgrade'],
  people: People,
  { signal, underway }: Running,
): Promise<void> {
  const raw = ctx.req as Raw
  const url = raw.url!
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const id = [raw.headers['audit-id']].flat()[0] ?? randomUUID()
  const gone = new AbortController()
  let answered = false
  // An abort costs an exception with its stack: only for those that are still at it. (A response cannot tell: over HTTP/2 one that
  // its client has broken off counts as finished.)
  const leave = (): void => {
    if (!answered) gone.abort()
  }
  ctx.res.once('close', leave)
  underway.add(leave)
  // Of what ended before anybody listened no event comes any more.
  if (signal.aborted || raw.destroyed) leave()
  const warnings = new Set<string>()
  let body: Promise<Buffer> | undefined
  try {
    const answer = await handle(pipeline, {
      method: ctx.method,
      path,
      id,
      query: new URLSearchParams(mark < 0 ? '' : url.slice(mark)),
      headers: raw.headers,
      authenticate: () => pipeline.authentication.authenticate(people.credentials(raw, path)),
      signal: gone.signal,
      leave,
      raw,
      upgrade,
      // Of a connection that changes hands nobody reads a body.
      body: () => (body ??= upgrade ? Promise.resolve(Buffer.alloc(0)) : readBody(raw)),
      warn: message => warnings.add(message),
    })
    ctx.respond = false
    if (answer) await send(ctx, answer, warnings, { id, log: pipeline.log })
    answered = answer !== undefined
    // Who has had no time left to send the rest need not go on.
    if (gone.signal.aborted && !raw.complete) 'stream' in raw ? raw.stream.close() : raw.destroy()
  } finally {
    underway.delete(leave)
  }
}

/** Writes an answer as it is: koa's own way would look again at what is known here. */
async function send(
  { res, path }: Context,
  { code, type, body, headers }: Answer,
  warnings: Set<string>,
  { id, log }: { id: string; log: Log },
): Promise<void> {
  const all = {
    'audit-id': id,
    'cache-control': 'no-cache, private',
    ...(type && { 'content-type': type }),
    ...headers,
  }
  if (warnings.size > 0) res.setHeader('warning', Array.from(warnings, warningHeader))
  if (body instanceof Uint8Array) {
    res.writeHead(code, { ...all, 'content-length': body.length }).end(body)
    return
  }
  const isStream = typeof body === 'function'
  if (!isStream && lengthOf(body) <= chunkBytes) {
    const whole = Buffer.concat(body)
    res.writeHead(code, { ...all, 'content-length': whole.length }).end(whole)
    return
  }
  if (isStream) res.writeHead(code, all).flushHeaders()
  else res.writeHead(code, { ...all, 'content-length': lengthOf(body) })
  const sent = isStream ? body(res) : flow(Readable.from(chunks(body)), res, { end: false })
  await sent.catch((error: unknown) => {
    if (!res.destroyed) log.error('an answer broke off', { path, error: String(error) })
  })
  res.end()
}

const warningHeader = (warning: string): string => `299 - ${JSON.stringify(warning.replace(/[^\x20-\x7e]/g, ' '))}`

/** Reads a body to its end. What comes past the limit is let go, so that the client gets to read the answer. */
function readBody(raw: Raw): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = Number(raw.headers['content-length'] ?? 0)
  const isTooLarge = (): boolean => {
    if (size > maxBodyBytes)
      reject(new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`))
    return size > maxBodyBytes
  }
  if (isTooLarge()) {
    raw.resume()
    return promise
  }
  size = 0
  raw.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (!isTooLarge()) chunks.push(chunk)
  })
  const broken = (): void => reject(badRequest('unexpected EOF'))
  raw.once('end', () => {
    // Every request closes in the end, and an error that nobody will see costs its stack all the same.
    raw.off('close', broken)
    resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  })
  raw.once('error', broken)
  raw.once('close', broken)
  // Of what ended before anybody listened no event comes any more.
  if (raw.destroyed) broken()
  return promise
}

/** Who came over which connection: a certificate is read once for each, and again when the authorities change. */
class People {
  readonly #authorities: Authorities
  readonly #known = new WeakMap<TLSSocket, { readonly certificate: ClientCertificate | undefined }>()

  constructor(authorities: Authorities) {
    this.#authorities = authorities
  }

  /** What a request proves itself by. */
  credentials(raw: Raw, path: string): Credentials {
    const socket = (
      'stream' in raw && raw.stream && 'session' in raw.stream ? raw.stream.session?.socket : raw.socket
    ) as TLSSocket
    let known = this.#known.get(socket)
    if (!known) this.#known.set(socket, (known = { certificate: certificateOf(socket, this.#authorities) }))
    const { authorization } = raw.headers
    const token = authorization === undefined ? undefined : /^bearer +([^ ]+)/i.exec(authorization.trim())?.[1]
    return { path, token, certificate: known.certificate, headers: raw.rawHeaders }
  }
}
