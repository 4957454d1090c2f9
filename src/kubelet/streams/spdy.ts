import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import type { Sink } from '#kubelet/runtime.ts'
import { SpdyConnection, type SpdyStream } from '#kubelet/spdy/connection.ts'
import type { Clock } from '#machinery/clock.ts'
import { type Outcome, type Session, sizeOf, statusOf, textOf, type Wanted } from './session.ts'

const protocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']
/** How long a client may take to open the streams it announced. */
const streamsTimeoutMs = 30_000

/**
 * Answers a request to upgrade to SPDY/3.1 and says which of `offered` was agreed on (a client that names none gets the last);
 * undefined after a refusal, which has been answered.
 */
export function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, offered: readonly string[]): string | undefined {
  const asked = [request.headers['x-stream-protocol-version'] ?? []]
    .flat()
    .flatMap(each => each.split(/\s*,\s*/))
    .filter(Boolean)
  const agreed = asked.length === 0 ? offered.at(-1) : offered.find(name => asked.includes(name))
  if (agreed === undefined) {
    const why = `unable to upgrade: unable to negotiate protocol: client supports [${asked.join(' ')}], server accepts [${offered.join(' ')}]`
    socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`)
    return undefined
  }
  const version = asked.length > 0 ? `X-Stream-Protocol-Version: ${agreed}\r\n` : ''
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${version}\r\n`)
  if (head.length > 0) socket.unshift(head)
  return agreed
}

/** An exec or attach over SPDY/3.1: one stream each for stdin, stdout, stderr, the outcome and the terminal's size. */
export async function spdySession(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  want: Wanted,
  clock: Clock,
): Promise<Session | undefined> {
  const protocol = upgrade(request, socket, head, protocols)
  if (!protocol) return undefined
  const gone = new AbortController()
  const resizable = want.tty && /^v[34]/.test(protocol)
  const expected = ['error', want.stdin && 'stdin', want.stdout && 'stdout', want.stderr && 'stderr', resizable && 'resize']
  const opened = await streamsOf(socket, expected.filter(Boolean) as string[], gone, clock)
  if (!opened) return undefined
  const { connection, streams } = opened
  const sink = (stream: SpdyStream | undefined): Sink | undefined =>
    stream && (bytes => new Promise(resolve => (stream.destroyed ? resolve() : stream.write(bytes, () => resolve()))))
  const { stdin, resize, error } = Object.fromEntries(streams)
  const [stdout, stderr] = [sink(streams.get('stdout')), sink(streams.get('stderr'))]
  return {
    gone: gone.signal,
    streams: {
      tty: want.tty,
      ...(stdin && { stdin: quiet(stdin) }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(resize && { resize: sizes(resize) }),
    },
    finish: async (outcome: Outcome) => {
      const last = protocol.startsWith('v4') ? JSON.stringify(statusOf(outcome)) : textOf(outcome)
      if (!error!.destroyed) error!.end(last)
      for (const stream of streams.values()) if (!stream.destroyed) stream.end()
      await connection.close()
    },
  }
}

/** Waits for the streams that a client announced; undefined if it leaves or takes too long. */
async function streamsOf(
  socket: Duplex,
  expected: readonly string[],
  gone: AbortController,
  clock: Clock,
): Promise<{ connection: SpdyConnection; streams: Map<string, SpdyStream> } | undefined> {
  const streams = new Map<string, SpdyStream>()
  const complete = new AbortController()
  const connection = new SpdyConnection(socket, stream => {
    streams.set(stream.headers.streamtype ?? '', stream)
    if (expected.every(name => streams.has(name))) complete.abort()
  })
  void connection.run(new AbortController().signal).then(() => gone.abort())
  await clock.sleep(streamsTimeoutMs, AbortSignal.any([complete.signal, gone.signal]))
  if (complete.signal.aborted) return { connection, streams }
  socket.destroy()
  return undefined
}

/** A stream's bytes; the client's going away is its end. */
async function* quiet(stream: SpdyStream): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>
  } catch {
    // Gone: there is no more to read.
  }
}

async function* sizes(stream: SpdyStream): AsyncGenerator<{ width: number; height: number }> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const size = sizeOf(line)
    if (size) yield size
  }
}
