import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Answer } from '#apiserver/request/request.ts'
import { chunks, lengthOf } from './chunks.ts'

/** Below this zipping costs more than it saves (upstream: defaultGzipThresholdBytes). */
const worthBytes = 128 * 1024

/** Whether the client can read gzip. */
export const acceptsGzip = (headers: IncomingHttpHeaders): boolean =>
  (headers['accept-encoding'] as string | undefined)?.split(',').some(each => each.trim() === 'gzip') ?? false

/** A large answer, zipped while it is sent, if the client can read that. Streams of events stay as they are. */
export function zipped(answer: Answer | undefined, headers: IncomingHttpHeaders): Answer | undefined {
  if (!answer) return undefined
  const { body } = answer
  if (typeof body === 'function' || !acceptsGzip(headers)) return answer
  const parts = body instanceof Uint8Array ? [body] : body
  if (lengthOf(parts) <= worthBytes) return answer
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    body: out => pipeline(Readable.from(chunks(parts)), createGzip({ level: 1 }), out, { end: false }),
  }
}
