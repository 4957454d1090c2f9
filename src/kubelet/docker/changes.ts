import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Engine } from './engine.ts'
import { labels } from './labels.ts'

const reconnectMs = 1000

/** The events that change what `observe` says. */
const events = ['create', 'start', 'die', 'destroy', 'oom']

/** Which pods of an owner changed, and which of their containers, by the engine's own events; without a uid whenever some may have been missed. */
export async function* changes(
  engine: Engine,
  owner: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<{ podUid?: string; containerId?: string }> {
  const filters = JSON.stringify({ type: ['container'], event: events, label: [`${labels.owner}=${owner}`] })
  while (!signal.aborted) {
    try {
      const stream = await engine.request('GET', '/events?', { filters }, { abortSignal: signal })
      try {
        yield {}
        for await (const line of lines(stream)) {
          const { Actor } = JSON.parse(line) as { Actor: { ID: string; Attributes: Record<string, string> } }
          const podUid = Actor.Attributes[labels.podUid]
          if (podUid) yield { podUid, containerId: Actor.ID }
        }
      } finally {
        stream.destroy()
      }
    } catch (cause) {
      if (!signal.aborted) log.warn('lost the connection to the container engine', { cause: String(cause) })
    }
    await clock.sleep(reconnectMs, signal)
  }
}

async function* lines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of source) {
    const pieces = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = pieces.pop() ?? ''
    yield* pieces.filter(Boolean)
  }
}
