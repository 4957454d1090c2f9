import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createWebSocketStream, type WebSocket } from 'ws'
import { SpdyConnection, type SpdyStream } from '#kubelet/spdy/connection.ts'
import { upgrade } from './spdy.ts'
import { accept } from './websocket.ts'

/** Connects to a port of the pod. Rejects when nobody listens there. */
export type Connect = (port: number, signal: AbortSignal) => Promise<Duplex>

const protocol = 'portforward.k8s.io'
const tunnel = `SPDY/3.1+${protocol}`
const channels = ['v4.channel.k8s.io']

/** Forwards ports over SPDY/3.1 until the client leaves or the signal aborts. `what` names the pod in errors. */
export async function forwardOverSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  what: string,
  connect: Connect,
  signal: AbortSignal,
): Promise<void> {
  if (upgrade(request, socket, head, [protocol])) await serveSpdy(socket, what, connect, signal)
}

/** Forwards ports over a WebSocket: SPDY frames tunnelled in its messages, or a pair of channels for each of `ports`. */
export async function forwardOverWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  what: string,
  connect: Connect,
  signal: AbortSignal,
): Promise<void> {
  if (request.headers['sec-websocket-protocol']?.split(/\s*,\s*/).includes(tunnel)) {
    const ws = await acceptTunnel(request, socket, head)
    if (ws) await serveSpdy(createWebSocketStream(ws), what, connect, signal)
    return
  }
  const ports = new URL(request.url ?? '/', 'http://kubelet').searchParams
    .getAll('ports')
    .flatMap(each => each.split(','))
    .map(Number)
  const ws = await accept(request, socket, head, channels)
  if (ws) await serveChannels(ws, ports, what, connect, signal)
}

/** The tunnel's name holds a slash, which the WebSocket library refuses: it is taken out of the request and put into the answer by hand. */
async function acceptTunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket | undefined> {
  delete request.headers['sec-websocket-protocol']
  return accept(request, socket, head, [], [`Sec-WebSocket-Protocol: ${tunnel}`])
}

/** Pairs the data and error streams that clients open for each connection, by their request id, and joins them to the pod. */
async function serveSpdy(socket: Duplex, what: string, connect: Connect, signal: AbortSignal): Promise<void> {
  const waiting = new Map<string, SpdyStream>()
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const connection = new SpdyConnection(socket, stream => {
    const id = requestId(stream)
    const other = waiting.get(id)
    if (!other || other.headers.streamtype === stream.headers.streamtype) {
      waiting.set(id, stream)
      return
    }
    waiting.delete(id)
    const [data, error] = stream.headers.streamtype === 'data' ? [stream, other] : [other, stream]
    const port = Number(data.headers.port)
    void connect(port, either).then(
      pod => join(data, pod, () => error.end()),
      (cause: unknown) => {
        error.end(refusal(port, what, cause))
        data.destroy()
      },
    )
  })
  await connection.run(signal)
  done.abort()
}

/** Old clients send no request id: theirs is the error stream's own number, two below the data stream's. */
const requestId = ({ id, headers }: SpdyStream): string =>
  headers.requestid ?? String(headers.streamtype === 'data' ? id - 2 : id)

/**
 * One pair of channels a port, data and error; each begins with the port in two bytes, little-endian. It is over when the client leaves,
 * or when the pod has closed all of them.
 */
async function serveChannels(
  ws: WebSocket,
  ports: readonly number[],
  what: string,
  connect: Connect,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController()
  const either = AbortSignal.any([signal, gone.signal])
  const closed = new Promise<void>(resolve => ws.on('close', () => resolve()))
  const stop = (): void => ws.terminate()
  signal.addEventListener('abort', stop, { once: true })
  ws.on('error', stop)
  const send = (channel: number, bytes: Uint8Array): Promise<void> =>
    new Promise(resolve => ws.send(Buffer.concat([Buffer.of(channel), bytes]), () => resolve()))
  const pods = ports.map((port, index) => {
    const head = Buffer.alloc(2)
    head.writeUInt16LE(port)
    return Promise.all([send(2 * index, head), send(2 * index + 1, head)])
      .then(() => connect(port, either))
      .then(
        pod => {
          const client = new Duplex({
            read: () => {},
            write: (chunk: Buffer, _encoding, done) => void send(2 * index, chunk).then(() => done()),
          })
          join(client, pod, () => {})
          return client
        },
        async (cause: unknown) => {
          await send(2 * index + 1, Buffer.from(refusal(port, what, cause)))
          return undefined
        },
      )
  })
  ws.on('message', message => {
    const bytes = message as Buffer
    if (bytes[0]! % 2 === 0) void pods[bytes[0]! / 2]?.then(client => client?.push(bytes.subarray(1)))
  })
  void Promise.allSettled(pods.map(sent)).then(() => ws.close(1000))
  await closed
  signal.removeEventListener('abort', stop)
  gone.abort()
  for (const client of await Promise.all(pods)) client?.push(null)
}

/** Resolves when the pod has hung up and all that it said is sent; rejects when the connection broke before. */
const sent = async (pod: Promise<Duplex | undefined>): Promise<void> => {
  const client = await pod
  if (client) await finished(client, { readable: false })
}

const refusal = (port: number, what: string, cause: unknown): string =>
  `error forwarding port ${port} to pod ${what}: ${cause instanceof Error ? cause.message : cause}`

/** Lets bytes flow both ways until both sides have ended or one has failed. */
function join(client: Duplex, pod: Duplex, done: () => void): void {
  client.on('error', () => pod.destroy())
  pod.on('error', () => client.destroy())
  client.on('close', () => pod.destroy())
  pod.on('close', () => {
    client.end()
    done()
  })
  client.pipe(pod)
  pod.pipe(client)
}
