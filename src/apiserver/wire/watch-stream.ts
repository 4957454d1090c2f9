import type { Writable } from 'node:stream'
import type { Frames } from '#apiserver/answer/frames.ts'
import type { Request } from '#apiserver/request/request.ts'
import { room } from './room.ts'
import { acceptWebSocket } from './web-socket.ts'

/** Where the events of a watch go. Resolves when there is room for more; never rejects. */
export type Tell = (frames: Frames) => Promise<void> | void

/** Tells events in the body of an HTTP answer. A reader who has gone is waited for no longer. */
export const overHttp =
  (out: Writable, signal: AbortSignal): Tell =>
  frames => {
    if (frames.each.length === 0 || signal.aborted || out.destroyed) return
    if (out.write(frames.joined)) return
    return room(out, signal)
  }

/**
 * Tells events as messages, one each: text for JSON, binary without its length for protobuf (upstream: WatchServer.HandleWS).
 * `run` is given a signal that also aborts when the client goes; the connection closes when it is over.
 */
export async function overWebSocket(
  request: Request,
  run: (tell: Tell, signal: AbortSignal) => Promise<void>,
): Promise<undefined> {
  const ws = await acceptWebSocket(request)
  if (!ws) return
  const gone = new AbortController()
  ws.on('close', () => gone.abort())
  const binary = request.accept.type === 'application/vnd.kubernetes.protobuf'
  const say = (frame: Uint8Array): Promise<void> =>
    new Promise(resolve => ws.send(binary ? frame.subarray(4) : frame, { binary }, () => resolve()))
  const either = AbortSignal.any([request.signal, gone.signal])
  void run(async frames => void (await Promise.all(frames.each.map(say))), either).finally(() => ws.close(1000))
}
