import { Agent, request } from 'node:https'
import { parentPort, workerData } from 'node:worker_threads'

/** What a rude client is told: whom to ask for what, over how many connections. */
export interface Rudeness {
  readonly host: string
  readonly port: number
  readonly ca: Buffer | Uint8Array
  readonly token: string
  readonly path: string
  readonly connections: number
}

/** What it was answered: how often each code, and what the refusals said of when to come again. */
export interface Answered {
  readonly codes: Readonly<Record<string, number>>
  readonly retryAfter: readonly string[]
}

/*
 * A thread that asks over many connections at once, each again as soon as it is answered, whatever the answer. Says that it has begun
 * when every connection has been answered once; told to stop, it says what it was answered.
 */
const { connections, path, token, ...server } = workerData as Rudeness
const codes: Record<string, number> = {}
const retryAfter = new Set<string>()
let isStopped = false
let waiting = connections

for (let n = 0; n < connections; n++) void insist(new Agent({ keepAlive: true, maxSockets: 1 }))
parentPort!.once('message', () => {
  isStopped = true
  parentPort!.postMessage({ codes, retryAfter: [...retryAfter] } satisfies Answered)
  parentPort!.close()
})

async function insist(agent: Agent): Promise<void> {
  for (let isFirst = true; !isStopped; isFirst = false) {
    const code = await ask(agent)
    codes[code] = (codes[code] ?? 0) + 1
    if (isFirst && --waiting === 0) parentPort!.postMessage('begun')
  }
  agent.destroy()
}

function ask(agent: Agent): Promise<string> {
  return new Promise(resolve => {
    const sent = request({ ...server, ca: Buffer.from(server.ca), path, agent, headers: { authorization: `Bearer ${token}` } })
    sent.once('error', () => resolve('broken'))
    sent.once('response', answer => {
      if (answer.statusCode === 429) retryAfter.add(answer.headers['retry-after'] ?? 'unsaid')
      answer.resume().once('close', () => resolve(`${answer.statusCode}`))
    })
    sent.end()
  })
}
