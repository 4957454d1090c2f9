import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { freePort } from '../machine.ts'
import { inHouse } from '../program.ts'

export interface Answer {
  readonly code: number
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what is answered
  readonly body: any
}

/** One event of a watch, cut down to what is looked at. */
export interface Seen {
  readonly type: string
  readonly object: ConfigMap
}

export interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data?: Readonly<Record<string, string>>
}

/** An API server in a process of its own, which can be killed and started again, and how one speaks to it. */
export class Api {
  readonly data: string
  readonly port: number
  readonly #flags: readonly string[]
  #process: ChildProcess | undefined
  #agent = new Agent()

  private constructor(data: string, port: number, flags: readonly string[]) {
    this.data = data
    this.port = port
    this.#flags = flags
  }

  /** On a data directory, with the flags that say where objects lie. Starts nothing yet. */
  static async on(data: string, flags: readonly string[] = []): Promise<Api> {
    return new Api(data, await freePort(), flags)
  }

  /** Its process. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Starts it and waits until it is ready. Throws with its last words if it ends instead. */
  async start(): Promise<void> {
    const args = ['apiserver', '--data', this.data, '--secure-port', `${this.port}`, ...this.#flags]
    const child = spawn(inHouse('hack/pinnace'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    while (!said.includes('the API server listens')) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the API server ended: ${said}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const config = await readFile(join(this.data, 'kubeconfig'), 'utf8')
    const pem = (name: string): Buffer => Buffer.from(new RegExp(`${name}: (\\S+)`).exec(config)![1]!, 'base64')
    this.#agent.destroy()
    this.#agent = new Agent({
      keepAlive: true,
      ca: pem('certificate-authority-data'),
      cert: pem('client-certificate-data'),
      key: pem('client-key-data'),
    })
  }

  /** SIGKILL unless it is said otherwise; comes back when the process has ended. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    this.#agent.destroy()
  }

  /** Rejects where there was no answer, or not all of one: nobody knows then whether it was done. */
  async send(method: string, path: string, body?: object, type = 'application/json'): Promise<Answer> {
    const bytes = body && Buffer.from(JSON.stringify(body))
    const response = await this.#ask(method, path, bytes, type)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return { code: response.statusCode!, body: JSON.parse(Buffer.concat(chunks).toString()) }
  }

  /** The events of a watch until the connection or the signal ends it. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<Seen, void> {
    const response = await this.#ask('GET', path, undefined, 'application/json', signal)
    if (response.statusCode !== 200) throw new Error(`a watch was refused with ${response.statusCode}`)
    let rest = ''
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield JSON.parse(line)
    }
  }

  #ask(method: string, path: string, body: Buffer | undefined, type: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const headers = body && { 'content-type': type, 'content-length': body.length }
    return new Promise((resolve, reject) => {
      const agent = this.#agent
      const sent = request({
        host: '127.0.0.1',
        port: this.port,
        path,
        method,
        agent,
        ...(headers && { headers }),
        ...(signal && { signal }),
      })
      sent.once('response', resolve).on('error', reject)
      sent.end(body)
    })
  }
}
