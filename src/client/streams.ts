import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type ConnectionOptions, connect } from 'node:tls'
import type { Abortable } from './abortable.ts'
import type { Answer } from './answer.ts'

/** So much may be under way to us before we have read it, in bytes: one slow reader must not hold up the others. */
const windowBytes = 16 * 1024 * 1024

/**
 * Requests whose answers go on for ever, all on one HTTP/2 connection: a component has dozens of watches, and a TLS handshake
 * for each would be most of what it does when it starts. The connection goes with its last stream.
 */
export class Streams {
  readonly #to: ConnectionOptions
  readonly #abortable: Abortable
  #session: Promise<ClientHttp2Session | undefined> | undefined
  #open = 0

  constructor(to: ConnectionOptions, abortable: Abortable) {
    this.#to = to
    this.#abortable = abortable
  }

  /** Resolves when the answer's headers are there; with nothing, if the server does not speak HTTP/2. */
  async send(headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer | undefined> {
    this.#session ??= this.#connect()
    const session = await this.#session
    if (!session) return undefined
    return new Promise((resolve, reject) => {
      const stream = session.request(headers, { endStream: true })
      this.#open++
      stream.once('close', () => {
        reject(new Error('the connection was closed without an answer'))
        if (--this.#open > 0) return
        this.#session = undefined
        session.close()
      })
      stream.on('error', reject)
      stream.once('response', ({ ':status': status = 0, ...rest }) =>
        resolve({ status, headers: rest as Answer['headers'], body: stream }),
      )
      if (signal) this.#abortable.add(stream, signal)
    })
  }

  /** Breaks off what is under way. */
  close(): void {
    void this.#session?.then(session => session?.destroy()).catch(() => {})
  }

  #connect(): Promise<ClientHttp2Session | undefined> {
    return new Promise((resolve, reject) => {
      const forget = (): void => {
        this.#session = undefined
      }
      const socket = connect({ ...this.#to, ALPNProtocols: ['h2', 'http/1.1'] })
      socket.once('close', forget)
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        if (socket.alpnProtocol !== 'h2') {
          socket.destroy()
          socket.off('close', forget)
          return resolve(undefined)
        }
        const settings = { enablePush: false, initialWindowSize: windowBytes }
        const session = connectHttp2(`https://${this.#to.host}`, { createConnection: () => socket, settings })
        // A session that closes takes no more requests.
        session.once('close', forget).once('goaway', forget).on('error', forget)
        session.once('connect', () => session.setLocalWindowSize(windowBytes))
        resolve(session)
      })
    })
  }
}
