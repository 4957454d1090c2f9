import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { dictionary } from './dictionary.ts'

/** Names and values of a stream's headers; SPDY's names are in lower case. */
export type Headers = Readonly<Record<string, string>>

/** What two ends of a SPDY/3.1 connection say to each other. Frames that only tune flow control are read as `other`. */
export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly data: Buffer; readonly fin: boolean }
  | { readonly type: 'open'; readonly stream: number; readonly headers: Headers; readonly fin: boolean }
  | { readonly type: 'reply'; readonly stream: number; readonly headers: Headers; readonly fin: boolean }
  | { readonly type: 'reset'; readonly stream: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway'; readonly lastStream: number }
  | { readonly type: 'other' }

const types = { open: 1, reply: 2, reset: 3, ping: 6, goaway: 7 } as const
const fin = 0x01
const version = 0x8003
const headerBytes = 8
/** The length of a frame has 24 bits. */
const maxFrameBytes = 0xffffff
/** Far more than any client's headers: who sends more is out to fill our memory. */
const maxHeaderBytes = 256 * 1024

/** Turns frames into bytes. Headers are compressed in one stream per connection, so one writer per connection, one frame at a time. */
export class FrameWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary, flush: constants.Z_SYNC_FLUSH })

  /** The bytes of one frame. Await it before asking for the next. */
  async write(frame: Exclude<Frame, { type: 'other' | 'data' }>): Promise<Buffer> {
    switch (frame.type) {
      case 'open':
        return control(types.open, frame.fin, uint32(frame.stream), Buffer.alloc(6), await this.#compress(frame.headers))
      case 'reply':
        return control(types.reply, frame.fin, uint32(frame.stream), await this.#compress(frame.headers))
      case 'reset':
        return control(types.reset, false, uint32(frame.stream), uint32(frame.status))
      case 'ping':
        return control(types.ping, false, uint32(frame.id))
      case 'goaway':
        return control(types.goaway, false, uint32(frame.lastStream), uint32(0))
    }
  }

  close(): void {
    this.#deflate.destroy()
  }

  #compress(headers: Headers): Promise<Buffer> {
    const entries = Object.entries(headers)
    const parts = entries.flatMap(([name, value]) => [text(name.toLowerCase()), text(value)])
    return through(this.#deflate, Buffer.concat([uint32(entries.length), ...parts]))
  }
}

/** The frames of data, as large as frames may be. */
export function* dataFrames(stream: number, data: Buffer, last: boolean): Generator<Buffer> {
  let at = 0
  do {
    const part = data.subarray(at, at + maxFrameBytes)
    at += part.length
    const header = Buffer.alloc(headerBytes)
    header.writeUInt32BE(stream, 0)
    header.writeUInt32BE(part.length, 4)
    header[4] = last && at === data.length ? fin : 0
    yield header
    if (part.length > 0) yield part
  } while (at < data.length)
}

/** Turns bytes into frames, in order, however the bytes were cut. Throws when they are not SPDY/3.1. */
export class FrameReader {
  readonly #inflate: Inflate = createInflate({
    dictionary,
    flush: constants.Z_SYNC_FLUSH,
    readableHighWaterMark: maxHeaderBytes,
  } as object)
  #rest: Buffer = Buffer.alloc(0)

  async *read(chunk: Buffer): AsyncGenerator<Frame> {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    while (this.#rest.length >= headerBytes) {
      const length = this.#rest.readUInt32BE(4) & maxFrameBytes
      if (this.#rest.length < headerBytes + length) return
      const head = this.#rest.subarray(0, headerBytes)
      const body = this.#rest.subarray(headerBytes, headerBytes + length)
      this.#rest = this.#rest.subarray(headerBytes + length)
      yield await this.#frame(head, body)
    }
  }

  close(): void {
    this.#inflate.destroy()
  }

  async #frame(head: Buffer, body: Buffer): Promise<Frame> {
    const last = (head[4]! & fin) !== 0
    if ((head[0]! & 0x80) === 0) return { type: 'data', stream: head.readUInt32BE(0), data: body, fin: last }
    if (head.readUInt16BE(0) !== version) throw new Error('not a SPDY/3 frame')
    const stream = body.length >= 4 ? body.readUInt32BE(0) & 0x7fffffff : 0
    switch (head.readUInt16BE(2)) {
      case types.open:
        return { type: 'open', stream, headers: await this.#decompress(body.subarray(10)), fin: last }
      case types.reply:
        return { type: 'reply', stream, headers: await this.#decompress(body.subarray(4)), fin: last }
      case types.reset:
        return { type: 'reset', stream, status: body.readUInt32BE(4) }
      case types.ping:
        return { type: 'ping', id: body.readUInt32BE(0) }
      case types.goaway:
        return { type: 'goaway', lastStream: stream }
      default:
        return { type: 'other' }
    }
  }

  async #decompress(block: Buffer): Promise<Headers> {
    const plain = await through(this.#inflate, block)
    const headers: Record<string, string> = {}
    let at = 4
    const next = (): string => {
      const length = plain.readUInt32BE(at)
      at += 4 + length
      return plain.toString('utf8', at - length, at)
    }
    for (let left = plain.readUInt32BE(0); left > 0; left--) headers[next()] = next()
    return headers
  }
}

/** What comes out of a compressor once it has taken in all of `chunk`. Its read buffer holds a whole header block. */
const through = (stream: Deflate | Inflate, chunk: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    stream.once('error', reject)
    stream.write(chunk, error => {
      stream.off('error', reject)
      if (error) reject(error)
      else resolve((stream.read() as Buffer | null) ?? Buffer.alloc(0))
    })
  })

function control(type: number, last: boolean, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(headerBytes)
  header.writeUInt16BE(version, 0)
  header.writeUInt16BE(type, 2)
  header.writeUInt32BE(body.length, 4)
  if (last) header[4] = fin
  return Buffer.concat([header, body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)])
