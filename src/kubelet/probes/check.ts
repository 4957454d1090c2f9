import type { Container, Pod } from '#api/core/v1.ts'
import type { ContainerRuntime } from '#kubelet/runtime.ts'

/** What is probed. */
export interface Target {
  readonly pod: Readonly<Pod>
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly runtime: ContainerRuntime
}

/** What one try of a probe found; `output` says what is wrong. */
export interface Finding {
  readonly ok: boolean
  readonly output: string
}

/** One way to look. Throws where it could not look at all: that counts neither way. Aborted: its time is over. */
export type Check<A> = (action: A, target: Target, timeoutMs: number, signal: AbortSignal) => Promise<Finding>

/** A port by number, or by its name in the container. */
export function portOf(port: string | number, { ports }: Container): number {
  const found = typeof port === 'number' ? port : (ports?.find(({ name }) => name === port)?.containerPort ?? Number(port))
  if (Number.isInteger(found) && found > 0 && found < 65536) return found
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`)
}

/** A failed connection as Go words it. */
export function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'connect: connection timed out',
  }
  return `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: ${words[error.code ?? ''] ?? error.message}`
}
