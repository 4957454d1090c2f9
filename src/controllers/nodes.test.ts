import assert from 'node:assert/strict'
import { Node, Pod } from '#api/core/v1.ts'
import type { Client } from '#client/client.ts'
import { type Clock, realClock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import { elected } from '#reconcile/election.ts'
import { absent, eventually, log, type TestCluster, testCluster } from './testing-cluster.ts'

const namespace = 'default'
const key = (name: string) => ({ namespace, name })

describe('the controllers of nodes, against a real API server', () => {
  let cluster: TestCluster
  let client: Client
  before(async () => {
    cluster = await testCluster(['n1'])
    client = cluster.client
  })
  after(() => cluster.stop())

  it('finds out that a node has fallen silent, and moves its pods', async () => {
    const said = (await client.list(Node)).items.map(({ metadata }) => metadata.name)
    assert.deepEqual(said, ['n1'])
    for (const name of ['alive', 'silent']) await client.create(Node, { metadata: { name }, spec: {} })
    const report = async (name: string): Promise<unknown> => {
      const at = realClock.now().toISOString()
      const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: `${at.slice(0, -5)}Z` }]
      const body = { metadata: { annotations: { at } }, status: { conditions } }
      return client.patch(Node, { namespace: '', name }, { type: 'merge', body, subresource: 'status' })
    }
    await report('silent')
    const toleration = { key: 'node.kubernetes.io/unreachable', operator: 'Exists' as const, effect: 'NoExecute' as const }
    const pod = (name: string, seconds: object) => ({
      metadata: { namespace, name },
      spec: { nodeName: 'silent', containers: [{ name: 'c', image: 'c' }], tolerations: [{ ...toleration, ...seconds }] },
    })
    await client.create(Pod, pod('moves', { tolerationSeconds: 1 }))
    await client.create(Pod, pod('stays', {}))
    const silent = await eventually(async () => {
      await report('alive')
      const node = await client.get(Node, { namespace: '', name: 'silent' })
      return node.spec.taints?.some(({ effect }) => effect === 'NoExecute') && node
    })
    assert.deepEqual(silent.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'NodeStatusUnknown')
    await absent(client, Pod, key('moves'))
    const { status } = await client.get(Pod, key('stays'))
    assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'False')
    await report('silent')
    await eventually(async () => (await client.get(Node, { namespace: '', name: 'silent' })).spec.taints === undefined)
    await client.delete(Pod, key('stays'))
  })

  it('lets one of several candidates lead, and the next one when it goes', async () => {
    const hasty: Clock = { now: () => realClock.now(), sleep: (ms, signal) => realClock.sleep(ms / 50, signal) }
    const leaders: string[] = []
    const candidates = ['a', 'b'].map(identity => {
      const leave = new AbortController()
      const component: Component = {
        name: identity,
        async run(signal) {
          leaders.push(identity)
          await hasty.sleep(1_000_000, signal)
        },
      }
      const ran = elected(component, { client, clock: hasty, log, lease: 'test', identity }).run(leave.signal)
      return { identity, leave, ran }
    })
    await eventually(async () => leaders.length === 1)
    await hasty.sleep(20_000, new AbortController().signal)
    assert.equal(leaders.length, 1)
    const [first, second] = candidates.sort(({ identity }) => (identity === leaders[0] ? -1 : 1))
    first?.leave.abort()
    await first?.ran
    await eventually(async () => leaders.length === 2)
    assert.equal(leaders[1], second?.identity)
    second?.leave.abort()
    await second?.ran
  })

  it('gives a node its range of pod addresses', async () => {
    const node = await eventually(async () => {
      const found = await client.get(Node, { namespace: '', name: 'n1' })
      return found.spec.podCIDR
    })
    assert.match(String(node), /^10\.244\.\d+\.0\/24$/)
  })
})
