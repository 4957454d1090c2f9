import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'
import { web } from './manifests.ts'
import { deploymentStory } from './story.ts'

describe('a Deployment, simulated, on 100 nodes', function () {
  this.timeout(120_000)
  const cluster = clusterForSuite({ runtime: 'simulated', nodes: 100 })

  it('all nodes are Ready', async () => {
    const nodes = (await cluster().ok('get nodes --no-headers')).split('\n')
    assert.equal(nodes.length, 100)
    for (const node of nodes) assert.match(node, /^node-\d+ +Ready +<none> +\S+ +v1\.36\./)
  })

  describe('its life', () => deploymentStory(cluster))

  describe('1,000 pods', () => {
    const big = (version: 1 | 2, replicas = 1000): string =>
      web({ name: 'big', version, replicas, strategy: { rollingUpdate: { maxSurge: '50%', maxUnavailable: '50%' } } })

    it('roll out, each with an address of its own, 10 on each node', async () => {
      const began = performance.now()
      await cluster().ok('apply -f -', { input: big(1) })
      await cluster().ok('rollout status deployment/big --timeout=110s', { longestMs: 115_000 })
      console.log(`        1,000 pods available after ${Math.round(performance.now() - began)} ms`)
      const rows = (
        await cluster().ok([
          'get',
          'pods',
          '-l',
          'app=big',
          '-o',
          'jsonpath={range .items[*]}{.status.podIP} {.spec.nodeName}{"\\n"}{end}',
        ])
      ).split('\n')
      assert.equal(rows.length, 1000)
      assert.equal(new Set(rows.map(row => row.split(' ')[0])).size, 1000)
      const onNode = Map.groupBy(rows, row => row.split(' ')[1])
      assert.deepEqual([...new Set(onNode.values().map(all => all.length))], [10])
    })

    it('behind one Service, in slices of a hundred', async () => {
      await cluster().ok('expose deployment big --port=80')
      await eventually(async () => {
        const slices = await cluster().get<{ items: { endpoints: unknown[] }[] }>(
          'endpointslices -l kubernetes.io/service-name=big',
        )
        const sizes = slices.items.map(({ endpoints }) => endpoints.length)
        assert.equal(
          sizes.reduce((sum, size) => sum + size, 0),
          1000,
        )
        assert.ok(
          sizes.every(size => size <= 100),
          `${sizes}`,
        )
      })
    })

    it('roll over to another image', async () => {
      const began = performance.now()
      await cluster().ok('apply -f -', { input: big(2) })
      await cluster().ok('rollout status deployment/big --timeout=110s', { longestMs: 115_000 })
      console.log(`        1,000 pods rolled over after ${Math.round(performance.now() - began)} ms`)
      await eventually(async () => {
        const images = (await cluster().ok('get pods -l app=big -o jsonpath={.items[*].spec.containers[0].image}')).split(' ')
        assert.deepEqual([...new Set(images)], ['pinnace-test/httpd:2'])
        assert.equal(images.length, 1000)
      })
    })

    it('and are gone when their Deployment is', async () => {
      const began = performance.now()
      await cluster().ok('delete deployment big')
      await eventually(async () => assert.equal(await cluster().ok('get pods,rs -l app=big -o name'), ''), 90_000)
      console.log(`        1,000 pods gone after ${Math.round(performance.now() - began)} ms`)
    })
  })
})
