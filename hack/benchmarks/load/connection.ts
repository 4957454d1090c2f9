import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { connectionTo, type Target } from './fetch.ts'

/** The least of an HTTP/1.1 client: one request at a time over TLS, so that clients cost little beside the server. */
export class Connection {
  readonly socket: TLSSocket
  #rest: Buffer = Buffer.alloc(0)
  #waiting: PromiseWithResolvers<Answer> | undefined

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => this.#take(data))
    socket.on('error', error => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the server hung up')))
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect(connectionTo(target))
    await once(socket, 'secureConnect')
    return new Connection(socket)
  }

  exchange(request: Uint8Array): Promise<Answer> {
    this.#waiting = Promise.withResolvers()
    this.socket.write(request)
    return this.#waiting.promise
  }

  close(): void {
    this.socket.destroy()
  }

  #take(data: Buffer): void {
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    const end = all.indexOf('\r\n\r\n')
    const head = end < 0 ? '' : all.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (end >= 0 && Number.isNaN(length)) this.#waiting?.reject(new Error(`no content-length: ${head}`))
    if (end < 0 || all.length < end + 4 + length) {
      this.#rest = all
      return
    }
    this.#rest = all.subarray(end + 4 + length)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ code: Number(head.slice(9, 12)), body: all.subarray(end + 4, end + 4 + length) })
  }
}

export interface Answer {
  readonly code: number
  readonly body: Buffer
}

/** The bytes of a request. */
export function requestBytes(method: string, path: string, body = '', type = 'application/json'): Buffer {
  const content = body && `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${content}\r\n${body}`)
}
