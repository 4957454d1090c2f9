import type { IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Answer, Request, Stream } from '#apiserver/request/request.ts'

/** Whether a request asks for its answer as the messages of a WebSocket. */
export const asksWebSocket = ({ upgrade, headers }: Pick<Request, 'upgrade' | 'headers'>): boolean =>
  upgrade !== undefined && headers.upgrade?.toLowerCase() === 'websocket'

/** Takes the connection of a request that asks for it over; undefined where the client has gone. `protocol`: of those it asks for, the one to speak. */
export async function acceptWebSocket(
  { upgrade, raw }: Pick<Request, 'upgrade' | 'raw'>,
  protocol?: string,
): Promise<WebSocket | undefined> {
  const { socket, head } = upgrade!
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    ...(protocol !== undefined && { handleProtocols: () => protocol || false }),
  })
  const ws = await new Promise<WebSocket | undefined>(resolve => {
    socket.once('close', () => resolve(undefined))
    server.handleUpgrade(raw as IncomingMessage, socket, head, resolve)
  })
  ws?.on('error', () => ws.terminate())
  return ws
}

/** How bytes are put into messages under each subprotocol; none at all is as the first. */
const encodings: Readonly<Record<string, (bytes: Buffer) => Buffer | string>> = {
  'binary.k8s.io': bytes => bytes,
  'base64.binary.k8s.io': bytes => bytes.toString('base64'),
}

/**
 * Tells a body as messages: an empty one as soon as it begins, then one for each piece (upstream: wsstream.Reader). What `answer` throws
 * is answered as to anybody; 403 where the client knows no subprotocol that is known here.
 */
export async function bodyOverWebSocket(
  request: Pick<Request, 'upgrade' | 'raw' | 'headers'>,
  answer: () => Promise<{ readonly body: Stream }>,
): Promise<Answer | undefined> {
  const asked = request.headers['sec-websocket-protocol']?.split(',').map(each => each.trim())
  const protocol = asked ? asked.find(each => Object.hasOwn(encodings, each)) : ''
  if (protocol === undefined) return { code: 403, type: '', body: [] }
  const encode = encodings[protocol || 'binary.k8s.io']!
  const { body } = await answer()
  const ws = await acceptWebSocket(request, protocol)
  if (!ws) return
  const write = (bytes: Buffer, done: () => void): void => ws.send(encode(bytes), () => done())
  write(Buffer.alloc(0), () => {})
  const out = new Writable({ write: (bytes: Buffer, _, done) => write(bytes, done) })
  void body(out)
    .catch(() => {})
    .finally(() => out.end(() => ws.close(1000)))
}
