import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { open } from 'lmdb'
import { EtcdCluster, etcdProblem } from '#hack/etcd.ts'
import { realClock } from '#machinery/clock.ts'
import { methods } from '#storage/etcd/messages.ts'
import { openEtcd } from '#storage/etcd.ts'
import { openLmdb } from '#storage/lmdb.ts'
import type { Storage } from '#storage/storage.ts'
import type { Benchmark, Figure } from './benchmark.ts'
import { Clients } from './clients.ts'
import { configMap, fill, stock } from './objects.ts'
import { Ground, type Server } from './processes.ts'

const roundMs = 1000
const maps = '/api/v1/namespaces/default/configmaps'
const value = Buffer.from(configMap('stored'))

/** Writes one thing under a name that was never used. */
type Write = (name: string) => Promise<unknown>

/** How many objects a store holds that is started on. */
const many = 100_000

/** How many of them etcd is given in one transaction, of which it takes 128 at most. */
const atOnce = 100

/** Few, for a start on many objects takes its time. */
const restarts = 3

/**
 * Durable writes of 1 KiB per second: of each store by itself, its floor being what it is built on (LMDB's put, a bare gRPC put),
 * and through the API server, whose floor is the store. Then a start on a store of many objects, whose floor is koa that has read and
 * parsed them from LMDB, and what one takes on the disk, beside what it takes in bare LMDB.
 */
export const storage: Benchmark = {
  name: 'storage',
  async *run({ rounds, signal }) {
    await using ground = await Ground.make({ signal })
    const bare = open({ path: join(ground.directory, 'bare'), noSubdir: false, encoding: 'binary', overlappingSync: false })
    const lmdb = await openLmdb(join(ground.directory, 'lmdb'))
    const flags = ['--nodes', '0', '--without', 'scheduler,controller-manager']
    const clients = new Clients(ground)
    yield* writes('lmdb', rounds, {
      floor: name => bare.put(name, value),
      store: into(lmdb),
      server: await ground.cluster('lmdb-cluster', flags),
      clients,
    })
    await Promise.all([bare.close(), lmdb.close()])
    const full = await stockedLmdb(ground)
    yield* restart(ground, full)

    const problem = etcdProblem()
    if (problem) return yield { name: 'etcd', missing: problem }
    await using started = new AsyncDisposableStack()
    const etcd = async (): Promise<EtcdCluster> => started.adopt(await EtcdCluster.start(1), each => each.stop())
    const cluster = await etcd()
    const store = await openEtcd({ endpoints: cluster.endpoints }, { clock: realClock })
    const put = grpcPuts(cluster.endpoints[0]!)
    yield* writes('etcd', rounds, {
      floor: name => put([{ key: `/floor/${name}`, value }]),
      store: into(store),
      server: await ground.cluster('etcd-cluster', [...flags, ...over(cluster)]),
      clients,
    })
    await store.close()
    yield* restart(ground, { ...full, ...(await stockedEtcd(await etcd())) })
  },
}

const over = ({ endpoints }: EtcdCluster): string[] => ['--storage', `etcd=${endpoints.join(',')}`]

async function* writes(
  store: string,
  rounds: number,
  on: { readonly floor: Write; readonly store: Write; readonly server: Server; readonly clients: Clients },
): AsyncGenerator<Figure> {
  for (const clients of [1, 16, 128]) {
    const [floor, raw, served]: [number[], number[], number[]] = [[], [], []]
    // The first round warms up all three.
    for (let round = -1; round < rounds; round++) {
      const name = `${clients}-${round}`
      const seen = [await rate(on.floor, clients, `floor-${name}`), await rate(on.store, clients, name)] as const
      const { requests, ms } = await on.clients.do('hammer', {
        target: on.server.target,
        method: 'POST',
        path: maps,
        body: configMap(`${name}-#`),
        connections: clients,
        ms: roundMs,
      })
      if (round < 0) continue
      floor.push(seen[0])
      raw.push(seen[1])
      served.push((requests / ms) * 1000)
    }
    const who = `${clients} client${clients > 1 ? 's' : ''}`
    yield { name: `${store}, ${who}: the store`, unit: '1/s', better: 'more', rounds: raw, floor }
    yield { name: `${store}, ${who}: through the API server`, unit: '1/s', better: 'more', rounds: served, floor: raw }
  }
}

/** How many writes a second so many clients come to, each sending its next when the last is durable. */
async function rate(write: Write, clients: number, name: string): Promise<number> {
  const begun = performance.now()
  let count = 0
  const client = async (): Promise<void> => {
    while (performance.now() < begun + roundMs) await write(`${name}-${count++}`)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return (count / (performance.now() - begun)) * 1000
}

const into =
  (store: Storage): Write =>
  async name => {
    const { written } = await store.write({ key: `/registry/bench/${name}`, value, expected: 0 })
    if (!written) throw new Error(`${name} was there already`)
  }

/** Puts as many values as it is given, in one transaction of etcd's. */
type Puts = (values: readonly { readonly key: string; readonly value: Uint8Array }[]) => Promise<void>

function grpcPuts(endpoint: string): Puts {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure())
  const { path, encode, decode } = methods.txn
  return values => {
    const success = values.map(({ key, value }) => ({ requestPut: { key: Buffer.from(key), value } }))
    return new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(path, encode, decode, { compare: [], success, failure: [] }, error =>
        error ? reject(error) : resolve(),
      )
    })
  }
}

/** A store that holds many objects, and what these take in bare LMDB. */
interface Stocked {
  readonly name: string
  readonly flags: readonly string[]
  readonly bytes: number
  readonly bare: { readonly path: string; readonly bytes: number }
}

async function stockedLmdb(ground: Ground): Promise<Stocked> {
  const path = join(ground.directory, 'bare-stock')
  const bare = open({ path, noSubdir: false, encoding: 'binary', overlappingSync: false })
  await stock('configmaps', many, (key, value) => bare.put(key, value))
  await bare.close()
  await fill(join(ground.directory, 'lmdb-full'), 'configmaps', many)
  const [bytes, bareBytes] = await Promise.all(
    [join(ground.directory, 'lmdb-full', 'storage'), path].map(async each => (await stat(join(each, 'data.mdb'))).size),
  )
  return { name: 'lmdb', flags: [], bytes: bytes!, bare: { path, bytes: bareBytes! } }
}

async function stockedEtcd(cluster: EtcdCluster): Promise<Pick<Stocked, 'name' | 'flags' | 'bytes'>> {
  const put = grpcPuts(cluster.endpoints[0]!)
  const waiting: { key: string; value: Uint8Array }[] = []
  await stock('configmaps', many, async (key, value) => {
    if (waiting.push({ key, value }) === atOnce) await put(waiting.splice(0))
  })
  return { name: 'etcd', flags: over(cluster), bytes: await cluster.members[0]!.storedBytes() }
}

/** From the command to /readyz on a store of many objects, and what one of them takes on the disk. */
async function* restart(ground: Ground, { name, flags, bytes, bare }: Stocked): AsyncGenerator<Figure> {
  const [here, floor]: [number[], number[]] = [[], []]
  // The first start makes certificates.
  for (let round = -1; round < restarts; round++) {
    const server = await ground.cluster(`${name}-full`, ['--nodes', '1', ...flags])
    await ground.end(server.child)
    const least = await ground.floor(server.data, [bare.path])
    await ground.end(least.child)
    if (round < 0) continue
    here.push(server.readyMs)
    floor.push(least.readyMs)
  }
  yield { name: `${name}, start with ${many} objects: /readyz`, unit: 'ms', better: 'less', rounds: here, floor }
  const each = (all: number): number[] => [all / many]
  yield {
    name: `${name}, an object of 1 KiB on the disk`,
    unit: 'B',
    better: 'less',
    rounds: each(bytes),
    floor: each(bare.bytes),
  }
}
