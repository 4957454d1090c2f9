import { Duplex } from 'node:stream'
import { dataFrames, type Frame, FrameReader, FrameWriter, type Headers } from './frames.ts'

/** One stream of a SPDY connection: bytes both ways, and the headers that it was opened with. Half-closes are kept apart. */
export class SpdyStream extends Duplex {
  readonly headers: Headers
  readonly id: number
  readonly #send: (chunks: readonly Buffer[]) => Promise<void>
  readonly #reset: () => void
  readonly #wanted: () => void
  #remoteEnded = false

  constructor(id: number, headers: Headers, wire: Wire) {
    // Whoever reads to the end would otherwise also end the other direction.
    super({ allowHalfOpen: true, autoDestroy: false })
    this.id = id
    this.headers = headers
    this.#send = wire.send
    this.#reset = wire.reset
    this.#wanted = wire.wanted
    const closeIfOver = (): void => {
      if (this.readableEnded && this.writableFinished) this.destroy()
    }
    this.once('end', closeIfOver)
    this.once('finish', closeIfOver)
  }

  /** Bytes from the other side. False: no more for now. */
  receive(data: Buffer): boolean {
    return this.#remoteEnded || data.length === 0 || this.push(data)
  }

  receiveEnd(): void {
    if (this.#remoteEnded) return
    this.#remoteEnded = true
    this.push(null)
  }

  override _read(): void {
    this.#wanted()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send([...dataFrames(this.id, chunk, false)]).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send([...dataFrames(this.id, Buffer.alloc(0), true)]).then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#remoteEnded || !this.writableFinished) this.#reset()
    done(error)
  }
}

interface Wire {
  readonly send: (chunks: readonly Buffer[]) => Promise<void>
  readonly reset: () => void
  readonly wanted: () => void
}

/** RST_STREAM's status for "no longer wanted". */
const cancel = 5

/**
 * The accepting end of a SPDY/3.1 connection over any duplex (a socket, or a WebSocket that tunnels one).
 *
 * Flow control windows are ignored, as client-go's own SPDY does: the socket's back-pressure is what slows both sides.
 * A stream that nobody reads therefore holds up the others of its connection.
 */
export class SpdyConnection {
  readonly #socket: Duplex
  readonly #accept: (stream: SpdyStream) => void
  readonly #reader: FrameReader = new FrameReader()
  readonly #writer: FrameWriter = new FrameWriter()
  readonly #streams = new Map<number, SpdyStream>()
  /** Frames are compressed and written one after the other. */
  #writing: Promise<void> = Promise.resolve()
  #resume: (() => void) | undefined

  constructor(socket: Duplex, accept: (stream: SpdyStream) => void) {
    this.#socket = socket
    this.#accept = accept
  }

  /** Reads until the other side closes, the socket fails or the signal aborts; then every stream is ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => void this.#socket.destroy()
    signal.addEventListener('abort', stop, { once: true })
    this.#socket.on('error', () => {})
    try {
      if (signal.aborted) stop()
      for await (const chunk of this.#socket as AsyncIterable<Buffer>)
        for await (const frame of this.#reader.read(chunk)) await this.#take(frame)
    } catch {
      // The other side went away or spoke nonsense: either way the conversation is over.
    } finally {
      signal.removeEventListener('abort', stop)
      for (const stream of this.#streams.values()) stream.destroy()
      this.#socket.destroy()
      this.#reader.close()
      this.#writer.close()
    }
  }

  /** Ends the connection after what has been written is out. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
    this.#socket.end()
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.type === 'open') return this.#open(frame.stream, frame.headers, frame.fin)
    if (frame.type === 'ping') return this.#control(frame)
    if (frame.type !== 'data' && frame.type !== 'reset') return
    const stream = this.#streams.get(frame.stream)
    if (!stream) return
    if (frame.type === 'reset') {
      this.#streams.delete(frame.stream)
      stream.receiveEnd()
      stream.destroy()
      return
    }
    const more = stream.receive(frame.data)
    if (frame.fin) stream.receiveEnd()
    else if (!more && !stream.destroyed) await this.#wanted(stream)
  }

  /** Waits until someone reads the stream, so that the socket fills and the other side slows down. */
  #wanted(stream: SpdyStream): Promise<void> {
    return new Promise(resolve => {
      const go = (): void => {
        stream.off('close', go)
        this.#resume = undefined
        resolve()
      }
      this.#resume = go
      stream.once('close', go)
    })
  }

  async #open(id: number, headers: Headers, ended: boolean): Promise<void> {
    const stream = new SpdyStream(id, headers, {
      send: chunks => this.#send(chunks),
      reset: () => this.#streams.delete(id) && void this.#control({ type: 'reset', stream: id, status: cancel }).catch(() => {}),
      wanted: () => this.#resume?.(),
    })
    stream.on('error', () => {})
    stream.once('close', () => this.#streams.delete(id))
    this.#streams.set(id, stream)
    if (ended) stream.receiveEnd()
    await this.#control({ type: 'reply', stream: id, headers: {}, fin: false })
    this.#accept(stream)
  }

  #control(frame: Parameters<FrameWriter['write']>[0]): Promise<void> {
    return this.#queue(async () => this.#put([await this.#writer.write(frame)]))
  }

  #send(chunks: readonly Buffer[]): Promise<void> {
    return this.#queue(() => this.#put(chunks))
  }

  #queue(write: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => {})
    return written
  }

  #put(chunks: readonly Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.cork()
      chunks.forEach((chunk, index) => {
        if (index < chunks.length - 1) this.#socket.write(chunk)
        else this.#socket.write(chunk, error => (error ? reject(error) : resolve()))
      })
      this.#socket.uncork()
    })
  }
}
