import { once } from 'node:events'
import type { ClientOptions } from 'ws'
import WebSocket from 'ws'
import type { Trial } from './trial.ts'

/** Opens a WebSocket as client-node's user, and gives its messages when the server has closed it. */
export async function overWebSocket(t: Trial, path: string, protocol: string): Promise<Buffer[]> {
  const options: ClientOptions = {}
  await t.http.config.applyToHTTPSOptions(options)
  const server = t.http.config.getCurrentCluster()!.server.replace(/^http/, 'ws')
  const socket = new WebSocket(`${server}${path}`, [protocol], options)
  const frames: Buffer[] = []
  socket.on('message', (data: Buffer) => void frames.push(data))
  await once(socket, 'close')
  return frames
}
