import assert from 'node:assert/strict'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigMap, Node, Pod } from '#api/core/v1.ts'
import { realClock } from '#machinery/clock.ts'
import { type Cluster, startCluster } from './start-cluster.ts'

const namespace = 'default'

/** Asks until it is so. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await is().catch(() => false)) return
    await realClock.sleep(20, new AbortController().signal)
  }
  throw new Error('it has not come to be')
}

const runs = (cluster: Cluster, name: string) => async (): Promise<boolean> =>
  (await cluster.client.get(Pod, { namespace, name })).status?.phase === 'Running'

describe('startCluster', () => {
  it('gives a test a cluster whose pods run, and leaves nothing behind', async () => {
    const cluster = await startCluster({ nodes: 2 })
    await until(async () => (await cluster.client.list(Node)).items.length === 2)
    await until(async () => {
      await cluster.client.create(Pod, { metadata: { name: 'a', namespace }, spec: { containers: [{ name: 'a', image: 'a' }] } })
      return true
    })
    await until(runs(cluster, 'a'))
    await cluster.stop()
    await assert.rejects(access(dirname(cluster.kubeconfig)))
  })

  it('carries on where it was when it is started again on the same directory', async () => {
    const data = await mkdtemp(join(tmpdir(), 'pinnace-test-'))
    try {
      const first = await startCluster({ data, without: ['kubelet'] })
      const made = await first.client.create(ConfigMap, { metadata: { name: 'kept', namespace }, data: { a: '1' } })
      await first.stop()
      const second = await startCluster({ data, without: ['kubelet'] })
      const kept = await second.client.get(ConfigMap, { namespace, name: 'kept' })
      assert.deepEqual(kept, made)
      await second.stop()
    } finally {
      await rm(data, { recursive: true })
    }
  })

  it('refuses numbers that make no cluster, and ports that are taken', async () => {
    await assert.rejects(startCluster({ nodes: -1 }), /-1 nodes/)
    const cluster = await startCluster({ without: ['kubelet', 'scheduler', 'controller-manager'] })
    await assert.rejects(startCluster({ port: cluster.port, without: ['kubelet'] }), /EADDRINUSE|in use/)
    await cluster.stop()
  })
})
