import { Agent, request } from 'node:https'

/** Where a server is on this machine, and who comes. */
export interface Target {
  readonly port: number
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface Reply {
  readonly code: number
  readonly type: string
  readonly bytes: Buffer
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** One request over kept-alive connections. Rejects where no answer comes. */
export function fetch(target: Target, path: string, asked: Asked = {}): Promise<Reply> {
  const { method = 'GET', body, headers } = asked
  return new Promise((resolve, reject) => {
    request({ ...connectionTo(target), agent, path, method, headers: { ...typeOf(body), ...headers } }, answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({ code: answer.statusCode!, type: answer.headers['content-type'] ?? '', bytes: Buffer.concat(parts) }),
      )
    })
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** As fetch, but undefined where no answer comes. */
export const tryFetch = (target: Target, path: string): Promise<Reply | undefined> => fetch(target, path).catch(() => undefined)

/** As fetch, but anything other than success is an error. */
export async function must(target: Target, path: string, asked: Asked = {}): Promise<Reply> {
  const reply = await fetch(target, path, asked)
  if (reply.code >= 300)
    throw new Error(`${asked.method ?? 'GET'} ${path}: ${reply.code} ${reply.bytes.toString().slice(0, 300)}`)
  return reply
}

/** The options of a connection; of somebody who has no certificate, if there is none. */
export const connectionTo = ({ port, ca, cert, key }: Target): object => ({
  host: '127.0.0.1',
  port,
  ...(ca ? { ca, cert, key } : { rejectUnauthorized: false }),
})

const typeOf = (body: unknown): Record<string, string> => (body === undefined ? {} : { 'content-type': 'application/json' })
