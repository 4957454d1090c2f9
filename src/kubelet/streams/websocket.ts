import type { IncomingMessage } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Sink } from '#kubelet/runtime.ts'
import { type Outcome, type Session, sizeOf, statusOf, textOf, type Wanted } from './session.ts'

/** Best first: v5 can also close a channel, before v4 the error channel is plain text. */
const protocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
]
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/**
 * Accepts a WebSocket that speaks one of `offered` (or names none), with `headers` added to the answer.
 * Undefined when the handshake failed: it has been answered.
 */
export function accept(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  offered: readonly string[],
  headers: readonly string[] = [],
): Promise<WebSocket | undefined> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: asked => offered.find(name => asked.has(name)) ?? false,
  })
  server.on('headers', lines => lines.push(...headers))
  return new Promise(resolve => {
    socket.once('close', () => resolve(undefined))
    server.handleUpgrade(request, socket, head, resolve)
  })
}

/** An exec or attach over `channel.k8s.io`: every message begins with the number of its channel. */
export async function webSocketSession(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { stdin, stdout, stderr, tty }: Wanted,
): Promise<Session | undefined> {
  const ws = await accept(request, socket, head, protocols)
  if (!ws) return undefined
  const base64 = ws.protocol.includes('base64')
  const gone = new AbortController()
  const input = new PassThrough()
  const sizes = new PassThrough({ objectMode: true })

  const send = (to: number, bytes: Uint8Array): Promise<void> =>
    new Promise(resolve => {
      const message = base64 ? String(to) + Buffer.from(bytes).toString('base64') : Buffer.concat([Buffer.of(to), bytes])
      ws.send(message, () => resolve())
    })
  const receive = (message: Buffer): void => {
    const to = base64 ? message[0]! - 0x30 : message[0]
    const body = base64 ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1)
    if (to === channel.resize) {
      const size = sizeOf(body.toString())
      if (size) sizes.write(size)
    } else if (to === channel.close && body[0] === channel.stdin) input.end()
    else if (to === channel.stdin && !input.writableEnded && !input.write(body)) {
      ws.pause()
      input.once('drain', () => ws.resume())
    }
  }
  ws.on('message', data => receive(data as Buffer))
  ws.on('error', () => ws.terminate())
  ws.on('close', () => {
    input.end()
    sizes.end()
    gone.abort()
  })

  await send(stdout ? channel.stdout : stderr ? channel.stderr : channel.error, Buffer.alloc(0))
  const sink =
    (to: number): Sink =>
    bytes =>
      gone.signal.aborted ? undefined : send(to, bytes)
  return {
    gone: gone.signal,
    streams: {
      tty,
      ...(stdin && { stdin: input }),
      ...(stdout && { stdout: sink(channel.stdout) }),
      ...(stderr && { stderr: sink(channel.stderr) }),
      ...(tty && { resize: sizes }),
    },
    finish: async (outcome: Outcome) => {
      const last = /^v[45]/.test(ws.protocol) ? JSON.stringify(statusOf(outcome)) : textOf(outcome)
      if (last && !gone.signal.aborted) await send(channel.error, Buffer.from(last))
      ws.close(1000)
      input.end()
    },
  }
}
