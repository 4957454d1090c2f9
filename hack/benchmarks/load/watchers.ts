import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { Connection, requestBytes } from './connection.ts'
import { connectionTo, type Target } from './fetch.ts'

/** Counts the lines that come: the lines of HTTP's chunks end with CR LF, those of events with LF alone. */
class Counter {
  /** When each event came. */
  readonly arrivals: number[] = []
  #last = 0

  take(data: Buffer): void {
    const now = performance.now()
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1))
      if ((at > 0 ? data[at - 1] : this.#last) !== 13) this.arrivals.push(now)
    this.#last = data.at(-1)!
  }
}

/** The watchers of each path of each server that were opened so far. */
const open = new Map<number, Counter[]>()

/** Opens watches, each on a connection of its own, that stay open. */
export async function watchMany(asked: {
  readonly target: Target
  readonly path: string
  readonly watchers: number
}): Promise<void> {
  const { target, path, watchers } = asked
  const counters = open.get(target.port) ?? []
  open.set(target.port, counters)
  while (counters.length < watchers) {
    const few = Array.from({ length: Math.min(50, watchers - counters.length) }, async () => {
      const socket = connect(connectionTo(target))
      await once(socket, 'secureConnect')
      socket.write(requestBytes('GET', path))
      await once(socket, 'data')
      const counter = new Counter()
      socket.on('data', (data: Buffer) => counter.take(data))
      return counter
    })
    counters.push(...(await Promise.all(few)))
  }
}

export interface Broadcasting {
  readonly target: Target
  readonly path: string
  /** The body of a PUT; `@` stands, here and in the path, for the writer, `#` for a number that counts up. */
  readonly body: string
  readonly writers: number
  readonly ms: number
  /** Each writer pauses so long between its writes. */
  readonly pauseMs?: number
}

/** Writes for a while, and waits until every watcher has been told everything. */
export async function broadcast(asked: Broadcasting): Promise<{
  writes: number
  deliveriesPerSecond: number
  /** From a write's answer to its arrival, at watchers spread over all. */
  delaysMs: readonly number[]
}> {
  const { target, path, body, ms, pauseMs } = asked
  const counters = open.get(target.port)!
  await sleep(200)
  for (const { arrivals } of counters) arrivals.length = 0
  const writers = await Promise.all(Array.from({ length: asked.writers }, () => Connection.open(target)))
  const answers: { revision: number; at: number }[] = []
  let number = 0
  const begun = performance.now()
  await Promise.all(
    writers.map(async (writer, at) => {
      while (performance.now() < begun + ms) {
        const text = body.replace('@', String(at)).replace('#', String(number++))
        const answer = await writer.exchange(requestBytes('PUT', path.replace('@', String(at)), text))
        if (answer.code >= 300) throw new Error(`PUT: ${answer.code} ${answer.body.toString().slice(0, 300)}`)
        const revision = Number(/"resourceVersion":"(\d+)"/.exec(answer.body.toString())?.[1])
        answers.push({ revision, at: performance.now() })
        if (pauseMs) await sleep(pauseMs)
      }
    }),
  )
  for (const writer of writers) writer.close()
  const deadline = performance.now() + 30_000
  while (counters.some(({ arrivals }) => arrivals.length < number)) {
    if (performance.now() > deadline) throw new Error(`not all of ${number} events came to all ${counters.length} watchers`)
    await sleep(2)
  }
  const last = Math.max(...counters.map(({ arrivals }) => arrivals.at(-1)!))
  answers.sort((a, b) => a.revision - b.revision)
  const step = Math.ceil(counters.length / 20)
  const delaysMs = counters
    .filter((_, at) => at % step === 0)
    .flatMap(({ arrivals }) => answers.map(({ at }, index) => arrivals[index]! - at))
  return { writes: number, deliveriesPerSecond: ((number * counters.length) / (last - begun)) * 1000, delaysMs }
}
