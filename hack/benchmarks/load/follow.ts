import { request } from 'node:https'
import { createInterface } from 'node:readline'
import { connectionTo, must, type Target } from './fetch.ts'
import { type Hammered, hammer } from './hammer.ts'

interface Pod {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly spec: { readonly nodeName?: string }
  readonly status?: { readonly phase?: string }
}

/** What is waited for of each pod. */
const states = {
  bound: ({ spec }: Pod) => spec.nodeName !== undefined,
  Running: ({ status }: Pod) => status?.phase === 'Running',
}

export interface Following {
  readonly target: Target
  readonly path: string
  readonly until: keyof typeof states
  /** So many pods in all. */
  readonly count: number
}

/** Follows pods until all are in a state. Gives for each, in order, when that was seen, by performance.now(). */
export async function follow({ target, path, until, count }: Following): Promise<readonly number[]> {
  const times = new Map<string, number>()
  const see = (pod: Pod): void => {
    if (states[until](pod) && !times.has(pod.metadata.name)) times.set(pod.metadata.name, performance.now())
  }
  const list = JSON.parse((await must(target, path)).bytes.toString()) as { items: Pod[]; metadata: { resourceVersion: string } }
  list.items.forEach(see)
  if (times.size >= count) return [...times.values()]
  const watch = `${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...connectionTo(target), path: watch }, answer => {
      const lines = createInterface(answer)
      lines.on('error', () => {})
      lines.on('line', line => {
        const { type, object } = JSON.parse(line) as { type: string; object: Pod }
        if (type === 'ERROR') reject(new Error(line))
        else see(object)
        if (times.size < count) return
        resolve([...times.values()])
        outgoing.destroy()
      })
    })
    outgoing.on('error', reject).end()
  })
}

/** Creates pods and follows them into a state. Gives the times since the beginning, and how the creating went. */
export async function makePods(
  asked: Following & { readonly body: string; readonly connections: number },
): Promise<{ created: Hammered; times: readonly number[] }> {
  const { target, path, body, connections, count } = asked
  const begun = performance.now()
  const [times, created] = await Promise.all([
    follow(asked),
    hammer({ target, method: 'POST', path, body, connections, requests: count }),
  ])
  return { created, times: times.map(time => time - begun) }
}
