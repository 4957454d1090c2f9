import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import { type Cluster, ownCluster } from './cluster.ts'
import { eventually } from './eventually.ts'

/** Leases lapse after 15 seconds, and a slow machine takes its time. */
const longestMs = 120_000

describe('three clusters started by up over one etcd are one, whose work goes on when the one that does it is killed', function () {
  this.timeout(2 * longestMs)
  const undo: (() => Promise<void>)[] = []
  const clusters: Cluster[] = []
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const parts = ['kube-controller-manager', 'kube-scheduler']
  let flags: (at: number) => readonly string[]

  before(async function () {
    if (etcdProblem()) this.skip()
    const etcd = await EtcdCluster.start(1)
    undo.push(() => etcd.stop())
    // The last one has the node, and lives longest.
    flags = at => [
      ...['--etcd-servers', etcd.endpoints.join(','), '--advertise-address', addresses[at]!],
      ...(at < 2 ? ['--without', 'kubelet'] : []),
    ]
    for (const at of addresses.keys()) {
      const cluster = await ownCluster.call(this, { runtime: 'simulated' }, undo)
      if (at > 0) await cp(join(clusters[0]!.data, 'pki'), join(cluster.data, 'pki'), { recursive: true })
      clusters.push(cluster)
      await up(at)
    }
  })
  after(async () => {
    for (const step of undo.reverse()) await step()
  })

  const up = async (at: number): Promise<void> => {
    const { code, stderr } = await clusters[at]!.tryUp(...flags(at))
    assert.equal(code, 0, stderr)
  }
  /** The process that holds the lease of a part, as a cluster sees it. */
  const holder = async ({ kubectl }: Cluster, part: string): Promise<number> =>
    Number((await kubectl.ok(`get lease ${part} -n kube-system -o jsonpath={.spec.holderIdentity}`)).split('_').at(-1))
  const holders = (seenBy: Cluster): Promise<number[]> => Promise.all(parts.map(part => holder(seenBy, part)))
  const scale = async ({ kubectl }: Cluster, replicas: number): Promise<void> => {
    await kubectl.ok(`scale deployment web --replicas=${replicas}`)
    await eventually(async () => {
      const ready = await kubectl.ok('get deployment web -o jsonpath={.status.replicas}/{.status.readyReplicas}')
      assert.equal(ready, `${replicas}/${replicas}`)
      assert.equal((await kubectl.ok('get pods -l app=web -o name')).trim().split('\n').length, replicas)
    }, longestMs)
  }
  const serve = ({ kubectl }: Cluster, wanted: readonly string[]): Promise<void> =>
    eventually(async () => {
      const listed = await kubectl.ok('get endpoints kubernetes -o jsonpath={.subsets[0].addresses[*].ip}')
      assert.deepEqual(listed.split(' '), wanted)
    }, longestMs)

  it('the first to come does the work, and all are endpoints of the Service kubernetes', async () => {
    const [first, second, third] = clusters as [Cluster, Cluster, Cluster]
    const pid = await first.pid()
    assert.deepEqual(await holders(third), [pid, pid])
    await second.kubectl.ok('create deployment web --image=registry.k8s.io/pause:3.10')
    await scale(third, 2)
    await serve(second, addresses)
  })

  it('killed, it is followed by others, who finish what is asked of them, and it is no endpoint any more', async () => {
    const [first, second, third] = clusters as [Cluster, Cluster, Cluster]
    await first.kill()
    await scale(second, 5)
    const others = [await second.pid(), await third.pid()]
    for (const pid of await holders(second)) assert.ok(others.includes(pid), `${pid} is one of ${others}`)
    await serve(third, addresses.slice(1))
  })

  it('the second killed too, the third does everything alone', async () => {
    const [, second, third] = clusters as [Cluster, Cluster, Cluster]
    await second.kill()
    await scale(third, 7)
    const pid = await third.pid()
    assert.deepEqual(await holders(third), [pid, pid])
    await serve(third, addresses.slice(2))
  })

  it('the first one comes back, serves, and leaves the work to the one that has it', async () => {
    const [first, , third] = clusters as [Cluster, Cluster, Cluster]
    await up(0)
    await serve(third, [addresses[0]!, addresses[2]!])
    await scale(first, 4)
    const pid = await third.pid()
    assert.deepEqual(await holders(first), [pid, pid])
  })
})
