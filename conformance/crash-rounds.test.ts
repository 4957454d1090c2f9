import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem, nftProblem } from '../hack/etcd.ts'
import { Api } from './crash/api.ts'
import { crashRounds } from './crash/rounds.ts'
import { several } from './crash/several.ts'
import { etcdTroubles, killing } from './crash/trouble.ts'
import { seeded } from './crash/values.ts'

/** The short form of `hack/crash-rounds`. */
describe('while many write and watch over HTTP, nothing is lost, no revision is given out twice and every watcher carries on', function () {
  this.timeout(300_000)
  const undo: (() => Promise<unknown>)[] = []
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-crash-'))
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
    await rm(directory, { recursive: true, force: true })
  })

  it('though the one API server is killed, five times over', async () => {
    const api = await Api.on(directory)
    undo.push(() => api.end())
    await api.start()
    const { answered, events } = await crashRounds([api], { rounds: 5, seed: 1, troubles: [killing(api, seeded(1))] })
    assert.ok(events >= answered / 2)
  })

  it('though three API servers lose the leader of etcd, a member, a connection, the quorum and one of themselves', async function () {
    if (etcdProblem()) this.skip()
    const etcd = await EtcdCluster.start(3, { apart: nftProblem() === undefined })
    undo.push(() => etcd.stop())
    const apis = await several(directory, etcd, [[], [], []])
    undo.push(() => Promise.all(apis.map(api => api.end())))
    const troubles = etcdTroubles(etcd, apis, seeded(1))
    const { answered, events, hindered, slowestMs } = await crashRounds(apis, { rounds: troubles.length, seed: 1, troubles })
    assert.ok(events >= answered / 2)
    assert.ok(hindered > 0, 'writes were refused while there was no quorum')
    assert.ok(slowestMs < 60_000, `each request is answered within a minute, also without a quorum: ${slowestMs} ms`)
  })
})
