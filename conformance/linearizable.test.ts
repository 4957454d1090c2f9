import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import { Api } from './crash/api.ts'
import { several } from './crash/several.ts'
import { ask, type Histories, unexplained } from './linearizable/clients.ts'

describe('what concurrent clients are told is what one after the other could have been told', function () {
  this.timeout(300_000)
  const undo: (() => Promise<unknown>)[] = []
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-linearizable-'))
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
    await rm(directory, { recursive: true, force: true })
  })

  const judge = (histories: Histories): void => {
    assert.deepEqual(unexplained(histories), [])
    const count = [...histories.values()].reduce((sum, history) => sum + history.length, 0)
    assert.ok(count > 100, `${count} operations`)
  }

  it('by one API server over LMDB, which is killed in between', async () => {
    const api = await Api.on(directory)
    undo.push(() => api.end())
    await api.start()
    const asking = ask([api], { seed: 1, clients: 12, keys: 4, seconds: 12 })
    await sleep(4000)
    await api.end()
    await api.start()
    judge(await asking)
  })

  it('by three API servers over etcd of three members, whose leader is killed in between', async function () {
    if (etcdProblem()) this.skip()
    const etcd = await EtcdCluster.start(3)
    undo.push(() => etcd.stop())
    const apis = await several(directory, etcd, [[], [], []])
    undo.push(() => Promise.all(apis.map(api => api.end())))
    const asking = ask(apis, { seed: 2, clients: 12, keys: 4, seconds: 15 })
    await sleep(4000)
    const leader = await etcd.leader()
    await leader.signal('SIGKILL')
    await sleep(4000)
    leader.start()
    judge(await asking)
  })
})
