import type { Agent, IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Clock } from '#machinery/clock.ts'
import { http } from '#machinery/http.ts'

/** Where a service is, and how the API server shows itself there: what a kubeconfig says. PEM texts. */
export interface Endpoint {
  /** `https://…`, with a path; `http://…` where nobody listens in. */
  readonly server: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: (() => Promise<string>) | string
}

/** A call that failed; `again`: another try may succeed (upstream: webhook.DefaultShouldRetry). */
class CallError extends Error {
  readonly again: boolean

  constructor(message: string, again: boolean) {
    super(message)
    this.again = again
  }
}

/** How often something is tried, and how long is waited in between (upstream: webhook.DefaultRetryBackoff). */
const tries = 5
const firstPauseMs = 500
const pauseGrowth = 1.5

/** How much of an answer is read. */
const longestAnswer = 1 << 20

/** A service that takes JSON and gives JSON, over connections that are kept. */
export class Remote {
  readonly #endpoint: Endpoint
  readonly #agent: https.Agent | Agent
  readonly #request: typeof https.request
  readonly #clock: Clock

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#clock = clock
    const { ca, cert, key } = endpoint
    this.#endpoint = endpoint
    const isPlain = endpoint.server.startsWith('http:')
    this.#request = isPlain ? http.request : https.request
    this.#agent = new (isPlain ? http : https).Agent({
      keepAlive: true,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    })
  }

  /** Posts a value and gives what is answered. Throws where there is no good answer in time. */
  async post(value: unknown, timeoutMs: number): Promise<unknown> {
    const late = new AbortController()
    const done = new AbortController()
    void this.#clock.sleep(timeoutMs, done.signal).then(() => late.abort())
    try {
      return await this.#post(Buffer.from(JSON.stringify(value)), late.signal)
    } catch (error) {
      if (!late.signal.aborted) throw error
      throw new CallError(`Post "${this.#endpoint.server}": context deadline exceeded`, false)
    } finally {
      done.abort()
    }
  }

  /** Posts a value again and again while there is hope; each try has that long. */
  async insist(value: unknown, timeoutMs: number): Promise<unknown> {
    for (let attempt = 1, pauseMs = firstPauseMs; ; attempt++, pauseMs *= pauseGrowth) {
      try {
        return await this.post(value, timeoutMs)
      } catch (error) {
        if (attempt === tries || !(error instanceof CallError && error.again)) throw error
        await this.#clock.sleep(pauseMs, new AbortController().signal)
      }
    }
  }

  async #post(body: Buffer, signal: AbortSignal): Promise<unknown> {
    const { server, token } = this.#endpoint
    const bearer = typeof token === 'function' ? await token() : token
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      accept: 'application/json',
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    }
    const refuse = (why: string, again = false): CallError => new CallError(`Post "${server}": ${why}`, again)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = this.#request(server, { method: 'POST', headers, agent: this.#agent, signal }, resolve)
      sent.once('error', (error: NodeJS.ErrnoException) => reject(refuse(error.message, error.code === 'ECONNRESET')))
      sent.end(body)
    })
    let text = ''
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (text.length > longestAnswer) throw refuse('the answer is too long')
    }
    const code = answer.statusCode ?? 0
    if (code < 200 || code > 299) throw refuse(`the server answered ${code}`, [429, 500, 503].includes(code))
    try {
      return JSON.parse(text)
    } catch {
      throw refuse('the answer is no JSON')
    }
  }
}
