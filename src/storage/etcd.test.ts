import { EtcdCluster, etcdProblem } from '#hack/etcd.ts'
import { realClock } from '#machinery/clock.ts'
import { contract } from './contract.ts'
import { openEtcd } from './etcd.ts'
import { type Storage, under } from './storage.ts'

describe('etcd', function () {
  this.timeout(60_000)
  let cluster: EtcdCluster
  before(async function () {
    const problem = etcdProblem()
    if (problem) this.skip()
    cluster = await EtcdCluster.start(1)
  })
  after(() => cluster?.stop())

  const emptied = async (kept?: number): Promise<Storage> => {
    const storage = await openEtcd({ endpoints: cluster.endpoints }, { clock: realClock, ...(kept !== undefined && { kept }) })
    for (const { key, revision } of (await storage.read(under(''))).entries) await storage.write({ key, expected: revision })
    return storage
  }

  contract('etcd', () => emptied())
  contract('etcd, with watchers further behind than memory reaches', () => emptied(3))
})
