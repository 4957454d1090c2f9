import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Benchmark, type Figure, type Measured, quantile } from './benchmark.ts'
import { Clients } from './clients.ts'
import { must } from './load/fetch.ts'
import type { Hammered, Hammering } from './load/hammer.ts'
import { configMap, makeAccount, podBody } from './objects.ts'
import { Ground, type Server } from './processes.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const roundMs = 500
const merge = 'application/merge-patch+json'
const apply = 'application/apply-patch+yaml'
type Asked = Omit<Hammering, 'target'>
type Operation = 'get' | 'create' | 'update' | 'patch' | 'apply' | 'delete'

/** Every kind of request on one object, over TLS with connections kept alive: requests per second, and how long one takes. */
export const requests: Benchmark = {
  name: 'requests',
  async *run({ rounds, signal }) {
    await using ground = await Ground.make({ signal })
    const cluster = await ground.cluster('cluster', ['--nodes', '0', '--without', 'scheduler,controller-manager'])
    const floor = await ground.floor(cluster.data)
    await makeAccount(cluster.target)
    await must(cluster.target, '/api/v1/namespaces/default/pods', { method: 'POST', body: JSON.parse(podBody('one')) })
    await mkdir(join(ground.directory, 'files'))
    const one = await must(cluster.target, '/api/v1/namespaces/default/pods/one')
    await writeFile(join(ground.directory, 'files', 'one'), one.bytes)
    const clients = new Clients(ground)
    const hammer = (server: Server, asked: Asked): Promise<Hammered> => clients.do('hammer', { ...asked, target: server.target })

    for (const connections of [1, 16, 64]) {
      const seen: Record<Operation, { here: Hammered[]; floor: Hammered[] }> = {
        get: { here: [], floor: [] },
        create: { here: [], floor: [] },
        update: { here: [], floor: [] },
        patch: { here: [], floor: [] },
        apply: { here: [], floor: [] },
        delete: { here: [], floor: [] },
      }
      // The first round warms up both.
      for (let round = -1; round < rounds; round++) {
        let made = 0
        for (const operation of Object.keys(seen) as Operation[]) {
          const floored = await hammer(floor, { connections, ms: roundMs, ...least[operation] })
          const here = await hammer(cluster, { connections, ...asks(operation, `${connections}-${round}-#`, made) })
          if (operation === 'create') made = here.requests
          if (round < 0) continue
          seen[operation].here.push(here)
          seen[operation].floor.push(floored)
        }
      }
      for (const [operation, { here, floor }] of Object.entries(seen)) yield* figures(operation, connections, here, floor)
    }
  },
}

const goals: Readonly<Record<string, number>> = { get: 0.5, create: 0.35 }

const least: Record<Operation, Omit<Asked, 'connections'>> = {
  get: { method: 'GET', path: '/file/one' },
  create: { method: 'POST', path: '/durable/#', body: configMap('floor-#') },
  update: { method: 'PUT', path: '/durable/#', body: configMap('floor-#'), cycle: 1000 },
  patch: { method: 'PATCH', path: '/durable/#', body: configMap('floor-#'), cycle: 1000 },
  apply: { method: 'PATCH', path: '/durable/#', body: configMap('floor-#'), cycle: 1000 },
  delete: { method: 'DELETE', path: '/durable/#' },
}

function asks(operation: Operation, name: string, made: number): Omit<Asked, 'connections'> {
  const path = `${maps}/${name}`
  if (operation === 'get') return { method: 'GET', path: '/api/v1/namespaces/default/pods/one', ms: roundMs }
  if (operation === 'create') return { method: 'POST', path: maps, body: configMap(name), ms: roundMs }
  // Each on the objects that were created before, and at last on each of them.
  if (operation === 'delete') return { method: 'DELETE', path, requests: made }
  if (operation === 'update') return { method: 'PUT', path, body: configMap(name, { at: '#' }), cycle: made, ms: roundMs }
  if (operation === 'apply') {
    const body = configMap(name, { applied: '#' })
    return { method: 'PATCH', path: `${path}?fieldManager=bench&force=true`, body, type: apply, cycle: made, ms: roundMs }
  }
  return { method: 'PATCH', path, body: '{"data":{"patched":"#"}}', type: merge, cycle: made, ms: roundMs }
}

function* figures(
  operation: string,
  connections: number,
  here: readonly Hammered[],
  floor: readonly Hammered[],
): Generator<Figure> {
  const name = `${operation}, ${connections} connection${connections > 1 ? 's' : ''}`
  const perSecond = ({ requests, ms }: Hammered): number => (requests / ms) * 1000
  const goal = goals[operation]
  const rate: Measured = { name, unit: '1/s', better: 'more', rounds: here.map(perSecond), floor: floor.map(perSecond) }
  yield { ...rate, ...(goal !== undefined && { goal: { ratio: goal } }) }
  for (const [label, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const of = (runs: readonly Hammered[]): number[] => runs.map(({ latenciesMs }) => quantile(latenciesMs, part))
    yield { name: `${name}, ${label}`, unit: 'ms', better: 'less', rounds: of(here), floor: of(floor) }
  }
}
