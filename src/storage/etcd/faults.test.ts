import assert from 'node:assert/strict'
import { EtcdCluster, etcdProblem, nftProblem } from '#hack/etcd.ts'
import { realClock } from '#machinery/clock.ts'
import { openEtcd } from '#storage/etcd.ts'
import { Hindered, one, type Storage, under } from '#storage/storage.ts'
import { Load } from './testing-load.ts'

describe('etcd of three members under load', function () {
  this.timeout(180_000)
  let cluster: EtcdCluster
  let storage: Storage
  let load: Load

  before(async function () {
    if (etcdProblem()) this.skip()
    cluster = await EtcdCluster.start(3, { apart: nftProblem() === undefined })
  })
  after(() => cluster?.stop())
  beforeEach(async () => {
    storage = await openEtcd({ endpoints: cluster.endpoints }, { clock: realClock })
    load = new Load(storage, (await storage.read(under('/'))).revision)
    await load.goesOn()
  })
  afterEach(async () => {
    await storage.close()
    await cluster.healthy()
  })

  it('loses nothing when the leader is killed', async () => {
    const leader = await cluster.leader()
    await leader.signal('SIGKILL')
    await load.goesOn()
    leader.start()
    await cluster.healthy()
    await load.goesOn()
    await load.judge()
  })

  it('loses nothing while one member after the other is stopped and started again', async () => {
    for (const member of cluster.members) {
      await member.signal('SIGTERM')
      await load.goesOn()
      member.start()
      await cluster.healthy()
    }
    await load.judge()
  })

  it('goes round a member that hangs, be it the leader or another, and the watch comes along', async () => {
    for (const member of cluster.members) {
      await member.signal('SIGSTOP')
      await load.goesOn()
      await member.signal('SIGCONT')
      await cluster.healthy()
    }
    await load.judge()
  })

  it('goes round a member that is cut off from the others, though it still answers us', async function () {
    if (nftProblem()) this.skip()
    for (const member of cluster.members) {
      const mend = cluster.cutOff(member)
      await load.goesOn()
      mend()
      await cluster.healthy()
    }
    await load.judge()
  })

  it('without a quorum refuses in bounded time, and goes on when there is one again', async () => {
    const [first, second] = cluster.members
    await Promise.all([first!.signal('SIGKILL'), second!.signal('SIGKILL')])
    const hindered = (error: unknown): boolean => error instanceof Hindered && error.obstacle === 'unavailable'
    await assert.rejects(storage.read(one('/load/all')), hindered)
    await assert.rejects(
      storage.write({ key: '/other', value: Buffer.from('x'), expected: 0 }),
      error => error instanceof Hindered && error.obstacle !== 'full',
    )
    first!.start()
    await cluster.healthy(2)
    await load.goesOn()
    second!.start()
    await load.judge()
  })
})
