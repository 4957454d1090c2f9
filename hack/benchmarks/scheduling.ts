import { join } from 'node:path'
import type { Node, Pod } from '#api/core/v1.ts'
import { podInfo } from '#scheduler/node-info.ts'
import { plugins } from '#scheduler/plugins/index.ts'
import { schedule } from '#scheduler/schedule.ts'
import { Ledger } from '#scheduler/snapshot.ts'
import type { Benchmark } from './benchmark.ts'
import { Clients } from './clients.ts'
import { fill, makeAccount, podBody, storedNode, storedPod } from './objects.ts'
import { cpuMs, Ground } from './processes.ts'

const pods = 10_000
const path = '/api/v1/namespaces/default/pods'

/** Gives 10,000 pods nodes, which are objects without kubelets. A round is a fifth of the pods, timed by what a watcher sees. */
export const scheduling: Benchmark = {
  name: 'scheduling',
  async *run({ signal }) {
    for (const nodes of [1000, 5000]) {
      const goal = nodes === 1000 && { goal: { value: 2000 } }
      yield { name: `schedule(), ${nodes} nodes`, unit: 'pods/s', better: 'more', rounds: loop(nodes) }
      const { rates, cpu, floor } = await waiting(nodes, signal)
      const name = `${pods} waiting pods, ${nodes} nodes`
      yield { name, unit: 'pods/s', better: 'more', rounds: rates, ...goal }
      yield { name: `${name}: processor per pod`, unit: 'ms', better: 'less', rounds: [cpu], floor: [floor] }
      yield {
        name: `${pods} pods being created, ${nodes} nodes`,
        unit: 'pods/s',
        better: 'more',
        rounds: await created(nodes, signal),
      }
    }
  },
}

/** The decision alone: no API, no storage. */
function loop(nodes: number): number[] {
  const ledger = new Ledger()
  for (let at = 0; at < nodes; at++) ledger.putNode(storedNode(at) as Node)
  let start = 0
  return fifths(at => {
    const info = podInfo(storedPod(at) as Pod)
    const result = schedule(info, ledger, plugins, { start, random: Math.random })
    start = (start + result.examined) % nodes
    ledger.assume(info, result.node!.name)
    return performance.now()
  })
}

/** Pods that are there before the scheduler is; the floor of what one costs is one durable write. */
async function waiting(nodes: number, signal: AbortSignal): Promise<{ rates: number[]; cpu: number; floor: number }> {
  await using ground = await Ground.make({ signal })
  await fill(join(ground.directory, 'cluster'), 'minions', nodes)
  await fill(join(ground.directory, 'cluster'), 'pods', pods)
  const clients = new Clients(ground)
  const cluster = await ground.cluster('cluster', ['--nodes', '0', '--without', 'controller-manager'])
  const begun = await cpuMs(cluster)
  const times = await clients.do('follow', { target: cluster.target, path, until: 'bound', count: pods })
  const cpu = ((await cpuMs(cluster)) - begun) / pods
  const floor = await ground.floor(cluster.data)
  const idle = await cpuMs(floor)
  const write = { method: 'PUT', path: '/durable/#', body: podBody('#'), connections: 32, requests: pods }
  await clients.do('hammer', { ...write, target: floor.target })
  return { rates: fifths(at => times[at]!), cpu, floor: ((await cpuMs(floor)) - idle) / pods }
}

/** Pods that come while the scheduler works: from the first request to create one. */
async function created(nodes: number, signal: AbortSignal): Promise<number[]> {
  await using ground = await Ground.make({ signal })
  await fill(join(ground.directory, 'cluster'), 'minions', nodes)
  const { target } = await ground.cluster('cluster', ['--nodes', '0', '--without', 'controller-manager'])
  await makeAccount(target)
  const asked = { target, path, body: podBody('pod-#'), connections: 32, until: 'bound', count: pods } as const
  const { times } = await new Clients(ground).do('makePods', asked)
  return fifths(at => times[at]!)
}

/** Pods per second in each fifth, of the times at which they were done. */
function fifths(timeOf: (at: number) => number): number[] {
  const times = Array.from({ length: pods }, (_, at) => timeOf(at))
  const size = pods / 5
  return Array.from({ length: 5 }, (_, at) => (size / (times[(at + 1) * size - 1]! - times[at * size]!)) * 1000)
}
