import { isDeepStrictEqual } from 'node:util'
import { ApiException } from '@kubernetes/client-node'

/** Thrown by a step that cannot be taken here. */
export class Skip extends Error {}

/** A sequence of steps, one line of output each. One that fails does not keep the others from running. */
export class Tour {
  failed = false

  /** Runs one step, unless others are named on the command line, and prints what became of it. */
  async step(name: string, take: () => Promise<void>): Promise<void> {
    const asked = process.argv.slice(2)
    if (asked.length === 0 || asked.includes(name)) await this.begin(name, take)
  }

  /** Runs a step that all others need. */
  async begin(name: string, take: () => Promise<void>): Promise<void> {
    try {
      await take()
      console.log(`ok ${name}`)
    } catch (error) {
      const why = textOf(error).replaceAll(/\s+/g, ' ')
      if (!(error instanceof Skip)) this.failed = true
      console.log(`${error instanceof Skip ? 'skipped' : 'failed'} ${name}: ${why}`)
    }
  }
}

/** What an answer of the API says in its Status, or the words of any other error. */
function textOf(error: unknown): string {
  const status = statusOf(error)
  return status ? `${status.code} ${status.message}` : error instanceof Error ? error.message : String(error)
}

export interface Status {
  readonly code: number
  readonly reason: string
  readonly message: string
}

/** The Status with which the API refused; undefined for other errors. The client gives it as text where it does not expect one. */
export function statusOf(error: unknown): Status | undefined {
  if (!(error instanceof ApiException)) return undefined
  try {
    return (typeof error.body === 'string' ? JSON.parse(error.body) : error.body) as Status
  } catch {
    return undefined
  }
}

/** Throws unless both are deeply equal. */
export function expect(what: string, got: unknown, want: unknown): void {
  if (!isDeepStrictEqual(got, want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** The Status with which the API refuses what is done; throws if it does not. */
export async function refused(doing: Promise<unknown>): Promise<Status> {
  const status = await doing.then(() => undefined, statusOf)
  if (!status) throw new Error('not refused with a Status')
  return status
}
