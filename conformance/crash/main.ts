import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EtcdCluster, nftProblem } from '../../hack/etcd.ts'
import { Api } from './api.ts'
import { crashRounds } from './rounds.ts'
import { several } from './several.ts'
import { soak } from './soak.ts'
import { etcdTroubles, killing } from './trouble.ts'
import { seeded } from './values.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    /** Three API servers over an etcd of three members, and what can befall these. */
    etcd: { type: 'boolean', default: false },
    /** Instead of crashing: mixed load for so many seconds, with compaction on. */
    soak: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(values.rounds)
const tell = (line: unknown): void => console.log(line)
const data = await mkdtemp(join(tmpdir(), 'pinnace-crash-'))
const undo: (() => Promise<unknown>)[] = []
tell(`seed ${seed}`)
try {
  if (values.etcd) {
    const etcd = await EtcdCluster.start(3, { apart: nftProblem() === undefined })
    undo.push(() => etcd.stop())
    const apis = await several(data, etcd, [[], [], []])
    undo.push(() => Promise.all(apis.map(api => api.end())))
    tell(await crashRounds(apis, { rounds, seed, tell, troubles: etcdTroubles(etcd, apis, seeded(seed)) }))
  } else {
    const api = await Api.on(data, values.soak ? ['--history', '1m'] : [])
    undo.push(() => api.end())
    await api.start()
    if (values.soak) await soak(api, { seconds: Number(values.soak), seed }, tell)
    else tell(await crashRounds([api], { rounds, seed, tell, troubles: [killing(api, seeded(seed))] }))
  }
  await rm(data, { recursive: true })
} catch (error) {
  console.error(error)
  console.error(`what is left of it lies in ${data}`)
  process.exitCode = 1
}
for (const step of undo.reverse()) await step()
process.exit()
