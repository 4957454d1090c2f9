import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, type Figure, type Measured, median } from './benchmark.ts'
import { must } from './load/fetch.ts'
import { fill } from './objects.ts'
import { cpuMs, Ground, type Server } from './processes.ts'

const many = 100_000
const mebibyte = 2 ** 20

/** From the command to /readyz and to a Ready node; then what an idle cluster of one node costs. The floor: koa over TLS. */
export const start: Benchmark = {
  name: 'start',
  async *run({ rounds, signal }) {
    await using ground = await Ground.make({ signal })
    const seen = { first: new Starts(), again: new Starts(), full: new Starts(), floor: new Starts() }
    for (let round = 0; round < rounds; round++) {
      await rm(join(ground.directory, 'empty'), { recursive: true, force: true })
      await seen.first.run(ground, 'empty')
      await seen.again.run(ground, 'empty')
      await seen.floor.take(await ground.floor(join(ground.directory, 'empty')), ground)
    }
    const { first, again, full, floor } = seen
    yield* first.figures('first start, empty store', floor, { ready: 600, node: 1000 })
    yield* again.figures('next start', floor, { ready: 600, node: 1000 })

    await fill(join(ground.directory, 'full'), 'configmaps', many)
    for (let round = 0; round < Math.min(rounds, 5); round++) await full.run(ground, 'full')
    yield* full.figures(`start with ${many} objects`, floor, {})

    yield* idle(await ground.cluster('empty', ['--nodes', '1']), await ground.floor(join(ground.directory, 'empty')))
  },
}

/** How long several starts took. */
class Starts {
  readonly #readyMs: number[] = []
  readonly #nodeMs: number[] = []
  readonly #memory: number[] = []

  async run(ground: Ground, name: string): Promise<void> {
    const cluster = await ground.cluster(name, ['--nodes', '1'])
    await nodeReady(cluster)
    this.#nodeMs.push(performance.now() - cluster.begun)
    await this.take(cluster, ground)
  }

  async take(server: Server, ground: Ground): Promise<void> {
    this.#readyMs.push(server.readyMs)
    this.#memory.push(await memoryOf(server))
    await ground.end(server.child)
  }

  *figures(name: string, floor: Starts, goals: { readonly ready?: number; readonly node?: number }): Generator<Figure> {
    const ready: Measured = { name: `${name}: /readyz`, unit: 'ms', better: 'less', rounds: this.#readyMs, floor: floor.#readyMs }
    const node: Measured = { name: `${name}: node Ready`, unit: 'ms', better: 'less', rounds: this.#nodeMs }
    yield { ...ready, ...(goals.ready && { goal: { value: goals.ready } }) }
    yield { ...node, ...(goals.node && { goal: { value: goals.node } }) }
    yield { name: `${name}: memory`, unit: 'MiB', better: 'less', rounds: this.#memory, floor: floor.#memory }
  }
}

async function nodeReady({ target }: Server): Promise<void> {
  for (;;) {
    const { items } = JSON.parse((await must(target, '/api/v1/nodes')).bytes.toString()) as { items: Conditioned[] }
    if (items.some(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))) return
    await sleep(3)
  }
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** A fifth of a minute. */
const stretchMs = 12_000

/** Memory and processor of a cluster that nobody uses. */
async function* idle(cluster: Server, floor: Server): AsyncGenerator<Figure> {
  await sleep(2_000)
  const here = { memory: [] as number[], cpu: [] as number[] }
  const least = { memory: [] as number[], cpu: [] as number[] }
  for (let round = 0; round < 5; round++) {
    const before = [await cpuMs(cluster), await cpuMs(floor)] as const
    await sleep(stretchMs)
    here.cpu.push((((await cpuMs(cluster)) - before[0]) / stretchMs) * 100)
    least.cpu.push((((await cpuMs(floor)) - before[1]) / stretchMs) * 100)
    here.memory.push(await memoryOf(cluster))
    least.memory.push(await memoryOf(floor))
  }
  const goal = { value: (200 * 1000 * 1000) / mebibyte }
  yield { name: 'idle, 1 node: memory', unit: 'MiB', better: 'less', rounds: here.memory, floor: least.memory, goal }
  yield {
    name: 'idle, 1 node: processor',
    unit: '% of a core',
    better: 'less',
    rounds: here.cpu,
    floor: [Math.max(median(least.cpu), 0.01)],
  }
}

/** Resident, MiB. */
async function memoryOf({ child }: Server): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024
}
