import { Connection, requestBytes } from './connection.ts'
import type { Target } from './fetch.ts'

/** Requests as many connections send them, each its next one as soon as the last is answered. `#` stands for a number that counts up. */
export interface Hammering {
  readonly target: Target
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly type?: string
  readonly connections: number
  /** Ends after so many requests, or so long. */
  readonly requests?: number
  readonly ms?: number
  /** The number begins again after so many. */
  readonly cycle?: number
}

export interface Hammered {
  readonly requests: number
  readonly ms: number
  readonly latenciesMs: readonly number[]
}

/** Sends requests for a while. Rejects at the first answer that is no success. */
export async function hammer(asked: Hammering): Promise<Hammered> {
  const { target, method, path, body = '', type, cycle = Number.POSITIVE_INFINITY } = asked
  const open = await Promise.all(Array.from({ length: asked.connections }, () => Connection.open(target)))
  const latenciesMs: number[] = []
  const numbered = path.includes('#') || body.includes('#')
  const same = requestBytes(method, path, body, type)
  let number = 0
  const begun = performance.now()
  const end = begun + (asked.ms ?? Number.POSITIVE_INFINITY)
  await Promise.all(
    open.map(async connection => {
      while (performance.now() < end && number < (asked.requests ?? Number.POSITIVE_INFINITY)) {
        const at = String(number++ % cycle)
        const bytes = numbered ? requestBytes(method, path.replace('#', at), body.replace('#', at), type) : same
        const sent = performance.now()
        const { code, body: said } = await connection.exchange(bytes)
        latenciesMs.push(performance.now() - sent)
        if (code >= 300) throw new Error(`${method} ${path}: ${code} ${said.toString().slice(0, 300)}`)
      }
    }),
  )
  const ms = performance.now() - begun
  for (const connection of open) connection.close()
  return { requests: number, ms, latenciesMs }
}
