import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import Koa from 'koa'
import type { Pod, PodStatus } from '#api/core/v1.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { bytesOf, logOptions, logsOf } from './logs.ts'
import { pageAt } from './pages.ts'
import type { ContainerRuntime } from './runtime.ts'
import { forwardOverSpdy, forwardOverWebSocket } from './streams/portforward.ts'
import { wanted } from './streams/session.ts'
import { spdySession } from './streams/spdy.ts'
import { webSocketSession } from './streams/websocket.ts'

/** A pod that logs and exec are asked of, and the runtime that has it. */
export interface Served {
  readonly pod: Readonly<Pod>
  readonly status: Readonly<PodStatus>
  readonly runtime: ContainerRuntime
}

/** What a kubelet's server shows, and whom it takes. PEM texts. Without a certificate no handshake succeeds: there is nothing to show yet. */
export interface ServerTls {
  readonly cert?: string
  readonly key?: string
  /** Who signs clients' certificates. */
  readonly clientCa: string
}

/** What a kubelet's server is made of. One server may serve any number of kubelets. */
export interface KubeletServerOptions {
  /** 0: any free one. */
  readonly port: number
  readonly host?: string
  readonly tls: ServerTls
  /** What it shows and takes from now on, each time it changes. */
  readonly tlsChanges?: (signal: AbortSignal) => AsyncIterable<ServerTls>
  find(namespace: string, name: string): Served | undefined
  /** The pods of the node with this name; where no node is called so, of all. */
  pods(node: string): readonly Readonly<Pod>[]
  readonly clock: Clock
  readonly log: Log
}

/** A kubelet's door for the API server: logs, exec, attach and port-forward. */
export interface KubeletServer extends Component {
  /** Starts to listen and answers the port. `run` does so too if nobody has. */
  listen(): Promise<number>
}

/** The only client that is let in: the API server, by the name in its certificate. */
const onlyClient = 'kube-apiserver-kubelet-client'

export function kubeletServer(options: KubeletServerOptions): KubeletServer {
  const { tls, tlsChanges, port, host, log } = options
  const stop = new AbortController()
  const app = new Koa()
  app.on('error', error => log.debug('kubelet request failed', { error: String(error) }))
  app.use(context => answer(context, options, stop.signal))
  const server = createServer({ ...contextOf(tls), requestCert: true, rejectUnauthorized: false }, app.callback())
  const open = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    upgrade(request, socket, head, options, stop.signal).catch((error: unknown) => {
      log.debug('kubelet stream failed', { error: String(error) })
      socket.destroy()
    })
  })
  let listening: Promise<number> | undefined
  const listen = (): Promise<number> => (listening ??= listenOn(server, port, host))
  return {
    name: 'kubelet server',
    listen,
    async run(signal) {
      await listen()
      for await (const changed of tlsChanges?.(signal) ?? []) server.setSecureContext(contextOf(changed))
      await new Promise<void>(resolve =>
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      stop.abort()
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const contextOf = ({ clientCa, ...shown }: ServerTls): SecureContextOptions => ({ ...shown, ca: clientCa })

const listenOn = (server: Server, port: number, host: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

/** Who asks: undefined without a certificate that the CA signed. */
function clientOf(socket: TLSSocket): string | undefined {
  const { CN } = socket.authorized ? (socket.getPeerCertificate().subject ?? {}) : {}
  return Array.isArray(CN) ? CN[0] : CN
}

/** Why a request is not let in. */
function refusal(request: IncomingMessage): { code: 401 | 403; text: string } | undefined {
  const client = clientOf(request.socket as TLSSocket)
  if (client === onlyClient) return undefined
  if (client === undefined) return { code: 401, text: 'Unauthorized' }
  return {
    code: 403,
    text: `Forbidden (user=${client}, verb=${request.method?.toLowerCase()}, resource=nodes, subresource=proxy)\n`,
  }
}

async function answer(context: Koa.Context, options: KubeletServerOptions, signal: AbortSignal): Promise<void> {
  const say = (code: number, text: string): void => {
    context.status = code
    context.type = 'text/plain; charset=utf-8'
    context.body = text
  }
  if (context.path === '/healthz') return say(200, 'ok')
  const refused = refusal(context.req)
  if (refused) return say(refused.code, refused.text)
  const [what, namespace, name, container] = context.path.split('/').slice(1).map(decodeURIComponent)
  // The API server names the node that it means.
  const page = pageAt(context.path, options.pods(context.hostname))
  if (page) {
    context.type = page.type
    context.body = page.body
    return
  }
  if (what !== 'containerLogs' || !namespace || !name || !container) return say(404, '404 page not found\n')
  const served = options.find(namespace, name)
  if (!served) return say(404, `pod "${name}" does not exist`)
  if (!containersOf(served.pod).includes(container)) return say(404, `container "${container}" not found in pod "${name}"`)
  const wish = logOptions(new URLSearchParams(context.querystring), options.clock.now())
  if (!wish) return say(422, '{"message": "Invalid request."}')
  const logs = logsOf(served.pod, served.status, container, wish.previous)
  if ('refusal' in logs) return say(400, logs.refusal)
  const gone = new AbortController()
  context.res.once('close', () => gone.abort())
  context.status = 200
  context.type = 'text/plain'
  context.flushHeaders()
  const output = served.runtime.logs(logs.id, wish, AbortSignal.any([gone.signal, signal]))
  context.body = Readable.from(bytesOf(output, wish), { objectMode: false })
}

const containersOf = ({ spec }: Readonly<Pod>): string[] =>
  [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])].map(({ name }) => name)

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: KubeletServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const refused = refusal(request)
  if (refused) return hangUp(socket, refused.code, refused.text)
  const url = new URL(request.url ?? '/', 'https://kubelet')
  const [what = '', namespace = '', name = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent)
  const served = options.find(namespace, name)
  if (!served) return hangUp(socket, 404, 'pod does not exist')
  const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket'
  const uid = served.pod.metadata.uid!
  if (what === 'portForward') {
    const forward = isWebSocket ? forwardOverWebSocket : forwardOverSpdy
    return forward(
      request,
      socket,
      head,
      `${name}_${namespace}, uid ${uid}`,
      (port, stop) => served.runtime.portForward(uid, port, stop),
      signal,
    )
  }
  const container = rest.at(-1) ?? ''
  const id = runningId(served, container)
  if (what !== 'exec' && what !== 'attach') return hangUp(socket, 404, '404 page not found')
  if (!id) return hangUp(socket, 404, `container not found ("${container}")`)
  const want = wanted(url.searchParams)
  const session = isWebSocket
    ? await webSocketSession(request, socket, head, want)
    : await spdySession(request, socket, head, want, options.clock)
  if (!session) return
  const either = AbortSignal.any([session.gone, signal])
  try {
    if (what === 'attach') await served.runtime.attach(id, session.streams, either)
    const exitCode =
      what === 'attach' ? 0 : await served.runtime.exec(id, url.searchParams.getAll('command'), session.streams, either)
    await session.finish({ exitCode })
  } catch (error) {
    const doing = what === 'exec' ? 'error executing command in container' : 'error attaching to container'
    await session.finish({ error: `${doing}: ${error instanceof Error ? error.message : error}` })
  }
}

function runningId({ status }: Served, container: string): string | undefined {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ]
  const found = all.find(({ name }) => name === container)
  return found?.state?.running ? found.containerID : undefined
}

const reasons: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }

function hangUp(socket: Duplex, code: number, text: string): void {
  const length = Buffer.byteLength(text)
  socket.end(
    `HTTP/1.1 ${code} ${reasons[code]}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${text}`,
  )
}
