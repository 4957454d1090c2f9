import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Benchmark, type Figure, quantile } from './benchmark.ts'
import { Clients } from './clients.ts'
import { fetch, must, type Target } from './load/fetch.ts'
import { podBody } from './objects.ts'
import { Ground } from './processes.ts'

const path = '/api/v1/namespaces/default/pods'
const image = 'pinnace-test/busybox:1'

/** From the first create to Running: 1,000 pods on ten simulated nodes, and 20 with Docker beside 20 plain containers. */
export const pods: Benchmark = {
  name: 'pods',
  async *run({ rounds, signal }) {
    yield* running('1000 pods simulated', { count: 1000, rounds, signal, nodes: 10, flags: [], body: podBody('#') })
    const problem = await dockerProblem()
    const name = '20 pods with Docker'
    if (problem) yield { name, missing: problem }
    else {
      const body = podBody('#', image, { command: ['sleep', '1000'], imagePullPolicy: 'IfNotPresent' })
      yield* running(name, {
        count: 20,
        rounds,
        signal,
        nodes: 1,
        flags: ['--runtime', 'docker', '--without', 'proxy'],
        body,
        least: plain,
      })
    }
  },
}

interface Trial {
  readonly count: number
  readonly rounds: number
  readonly signal: AbortSignal
  readonly nodes: number
  readonly flags: readonly string[]
  readonly body: string
  /** Does the least that can be done for the same; gives the time it took, ms. */
  least?(count: number): Promise<number>
}

async function* running(name: string, { count, rounds, signal, nodes, flags, body, least }: Trial): AsyncGenerator<Figure> {
  await using ground = await Ground.make({ signal })
  const { target } = await ground.cluster('cluster', ['--nodes', String(nodes), ...flags])
  const clients = new Clients(ground)
  const all: number[] = []
  const one: number[] = []
  const floor: number[] = []
  await serviceAccount(target)
  for (let round = 0; round < rounds; round++) {
    const numbered = body.replace('#', `pod-${round}-#`)
    const { times } = await clients.do('makePods', { target, path, body: numbered, connections: 16, until: 'Running', count })
    all.push(times.at(-1)!)
    one.push(quantile(times, 0.5))
    await must(target, path, { method: 'DELETE' })
    while ((await must(target, `${path}?limit=1`)).bytes.includes('"uid"')) await sleep(50)
    if (least) floor.push(await least(count))
  }
  const floored = least && { floor }
  yield { name: `${name}: all Running after`, unit: 'ms', better: 'less', rounds: all, ...floored }
  yield { name: `${name}: half Running after`, unit: 'ms', better: 'less', rounds: one }
}

/** Pods are refused until their namespace has its account. */
async function serviceAccount(target: Target): Promise<void> {
  while ((await fetch(target, '/api/v1/namespaces/default/serviceaccounts/default')).code !== 200) await sleep(10)
}

const run = promisify(execFile)

/** Plain containers, all at once: what the engine takes for them. */
async function plain(count: number): Promise<number> {
  const names = Array.from({ length: count }, (_, at) => `pinnace-bench-${process.pid}-${at}`)
  const begun = performance.now()
  await Promise.all(
    names.map(name => run('docker', ['run', '-d', '--rm', '--network', 'none', '--name', name, image, 'sleep', '300'])),
  )
  const ms = performance.now() - begun
  await run('docker', ['rm', '-f', ...names])
  return ms
}

async function dockerProblem(): Promise<string | undefined> {
  try {
    await run('docker', ['image', 'inspect', image])
    return undefined
  } catch (error) {
    return `no Docker Engine with ${image} (hack/install tests): ${error instanceof Error ? error.message.split('\n')[1] : error}`
  }
}
