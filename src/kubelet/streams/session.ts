import type { Streams } from '#kubelet/runtime.ts'

/** Which streams a client asked for; with a terminal there is no stderr of its own. */
export interface Wanted {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** A client at the other end of an exec or attach, whatever protocol it speaks. */
export interface Session {
  readonly streams: Streams
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
  /** Says how it ended and hangs up. Never rejects. */
  finish(outcome: Outcome): Promise<void>
}

/** How a command or an attachment ended. */
export type Outcome = { readonly exitCode: number } | { readonly error: string }

/** The streams that a request's query asks for; upstream's own names come first, then those of the pods/exec API. */
export function wanted(query: URLSearchParams): Wanted {
  const says = (...names: readonly string[]): boolean => names.some(name => ['1', 'true'].includes(query.get(name) ?? ''))
  const tty = says('tty')
  return { stdin: says('input', 'stdin'), stdout: says('output', 'stdout'), stderr: !tty && says('error', 'stderr'), tty }
}

/** The metav1.Status on the error channel of protocol v4 and later. */
export function statusOf(outcome: Outcome): object {
  if ('error' in outcome)
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${outcome.error}`,
      reason: 'InternalError',
      details: { causes: [{ message: outcome.error }] },
      code: 500,
    }
  if (outcome.exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${outcome.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(outcome.exitCode) }] },
  }
}

/** What the error channel of protocols before v4 says: the failure as text, nothing about success. */
export const textOf = (outcome: Outcome): string => {
  if ('error' in outcome) return outcome.error
  return outcome.exitCode === 0 ? '' : `command terminated with non-zero exit code: exit status ${outcome.exitCode}`
}

/** A terminal's size as clients send it: `{"Width":80,"Height":24}`; undefined if it is none. */
export function sizeOf(text: string): { width: number; height: number } | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width?: unknown; Height?: unknown }
    return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined
  } catch {
    return undefined
  }
}
