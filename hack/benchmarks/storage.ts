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
import { configMap } from './objects.ts'
import { Ground, type Server } from './processes.ts'

const roundMs = 1000
const maps = '/api/v1/namespaces/default/configmaps'
const value = Buffer.from(configMap('stored'))

/** Writes one thing under a name that was never used. */
type Write = (name: string) => Promise<unknown>

/**
 * Durable writes of 1 KiB per second: of each store by itself, its floor being what it is built on (LMDB's put, a bare gRPC put),
 * and through the API server, whose floor is the store. Then what an object takes on the disk.
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
    yield* await room(ground)

    const problem = etcdProblem()
    if (problem) return yield { name: 'etcd', missing: problem }
    const cluster = await EtcdCluster.start(1)
    try {
      const etcd = await openEtcd({ endpoints: cluster.endpoints }, { clock: realClock })
      yield* writes('etcd', rounds, {
        floor: grpcPut(cluster.endpoints[0]!),
        store: into(etcd),
        server: await ground.cluster('etcd-cluster', [...flags, '--storage', `etcd=${cluster.endpoints.join(',')}`]),
        clients,
      })
      await etcd.close()
    } finally {
      await cluster.stop()
    }
  },
}

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
    const many = `${clients} client${clients > 1 ? 's' : ''}`
    yield { name: `${store}, ${many}: the store`, unit: '1/s', better: 'more', rounds: raw, floor }
    yield { name: `${store}, ${many}: through the API server`, unit: '1/s', better: 'more', rounds: served, floor: raw }
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

function grpcPut(endpoint: string): Write {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure())
  const { path, encode, decode } = methods.txn
  return name => {
    const put = { requestPut: { key: Buffer.from(`/floor/${name}`), value } }
    return new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(path, encode, decode, { compare: [], success: [put], failure: [] }, error =>
        error ? reject(error) : resolve(),
      )
    })
  }
}

/** What 20,000 objects of 1 KiB take on the disk, each. */
async function room(ground: Ground): Promise<Figure[]> {
  const directory = join(ground.directory, 'room')
  const store = await openLmdb(directory)
  const many = 20_000
  await Promise.all(Array.from({ length: many }, (_, at) => into(store)(`${at}`)))
  await store.close()
  const { size } = await stat(join(directory, 'data.mdb'))
  return [{ name: 'lmdb, an object on the disk', unit: 'B', better: 'less', rounds: [size / many], floor: [value.length] }]
}
