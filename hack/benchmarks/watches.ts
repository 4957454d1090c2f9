import { type Benchmark, quantile } from './benchmark.ts'
import { Clients } from './clients.ts'
import { must } from './load/fetch.ts'
import type { Broadcasting } from './load/watchers.ts'
import { configMap } from './objects.ts'
import { Ground, type Server } from './processes.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const writers = 16

/** Watchers of one kind while it is written: as fast as it goes, and, for the delay, 20 writes a second. */
export const watches: Benchmark = {
  name: 'watches',
  async *run({ rounds, signal }) {
    await using ground = await Ground.make({ signal })
    const flags = ['--nodes', '0', '--without', 'scheduler,controller-manager']
    const cluster = await ground.cluster('cluster', flags)
    const floor = await ground.floor(cluster.data)
    const clients = new Clients(ground)
    for (let at = 0; at < writers; at++)
      await must(cluster.target, maps, { method: 'POST', body: JSON.parse(configMap(`watched-${at}`)) })

    let runs = 0
    const broadcast = ({ target }: Server, asked: Pick<Broadcasting, 'writers' | 'ms' | 'pauseMs'>) => {
      const path = target === cluster.target ? `${maps}/watched-@` : '/broadcast/@'
      // Each write changes something, or nobody would hear of it.
      return clients.do('broadcast', { target, path, body: configMap('watched-@', { run: String(runs++), at: '#' }), ...asked })
    }

    for (const watchers of [1, 100, 1000]) {
      const { resourceVersion } = JSON.parse((await must(cluster.target, `${maps}?limit=1`)).bytes.toString()).metadata
      const path = `${maps}?watch=true&resourceVersion=${resourceVersion}`
      await clients.do('watchMany', { target: cluster.target, path, watchers })
      await clients.do('watchMany', { target: floor.target, path: '/watch', watchers })
      const rates: Sides = { here: [], floor: [] }
      const p50: Sides = { here: [], floor: [] }
      const p99: Sides = { here: [], floor: [] }
      for (let round = -1; round < rounds; round++)
        for (const [side, server] of [
          ['floor', floor],
          ['here', cluster],
        ] as const) {
          const { deliveriesPerSecond } = await broadcast(server, { writers, ms: 500 })
          const { delaysMs } = await broadcast(server, { writers: 1, ms: 1000, pauseMs: 50 })
          if (round < 0) continue
          rates[side].push(deliveriesPerSecond)
          p50[side].push(quantile(delaysMs, 0.5))
          p99[side].push(quantile(delaysMs, 0.99))
        }
      const name = `watch, ${watchers} watcher${watchers > 1 ? 's' : ''}`
      const goal = watchers === 1000 && { goal: { value: 100_000 } }
      yield { name, unit: 'events/s', better: 'more', rounds: rates.here, floor: rates.floor, ...goal }
      yield { name: `${name}, delay p50`, unit: 'ms', better: 'less', rounds: p50.here, floor: p50.floor }
      yield { name: `${name}, delay p99`, unit: 'ms', better: 'less', rounds: p99.here, floor: p99.floor }
    }
  },
}

interface Sides {
  readonly here: number[]
  readonly floor: number[]
}
