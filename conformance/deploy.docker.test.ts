import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'
import { containersWith } from './machine.ts'
import { web } from './manifests.ts'
import { run } from './program.ts'
import { deploymentStory } from './story.ts'

/** Everything that answers at an address, asked until nobody new has answered for long. */
async function whoAnswers(url: string, count: number): Promise<Set<string>> {
  const names = new Set<string>()
  await eventually(async () => {
    const { code, stdout, stderr } = await run('curl', ['--silent', '--show-error', '--fail', '--max-time', '2', url])
    assert.equal(code, 0, `curl ${url}: ${stderr}`)
    const [, version, name] = /^httpd (\d) (\S+)$/.exec(stdout.trim()) ?? []
    assert.ok(version && name, stdout)
    names.add(name)
    assert.ok(names.size >= count, `only ${[...names]} answered`)
  })
  return names
}

describe('a Deployment, with real containers', function () {
  this.timeout(90_000)
  const cluster = clusterForSuite({ runtime: 'docker' })
  const podNames = async (app: string): Promise<Set<string>> =>
    new Set((await cluster().ok(`get pods -l app=${app} -o jsonpath={.items[*].metadata.name}`)).split(' '))

  describe('its life', () => {
    deploymentStory(cluster)
    it('and no container is left', async () => {
      await eventually(async () => assert.deepEqual(await containersWith('io.kubernetes.pod.namespace', 'default'), []))
    })
  })

  describe('its Service', () => {
    before(async () => {
      await cluster().ok('apply -f -', { input: web({ name: 'served' }) })
      await cluster().ok('rollout status deployment/served --timeout=60s')
      await cluster().ok('expose deployment served --port=8080 --target-port=80 --type=NodePort')
    })

    it('Services should serve a basic endpoint from pods: all three answer at its ClusterIP', async () => {
      const ip = await cluster().ok('get service served -o jsonpath={.spec.clusterIP}')
      assert.deepEqual(await whoAnswers(`http://${ip}:8080`, 3), await podNames('served'))
    })

    it("Services should be able to create a functioning NodePort service: all three answer at the node's address", async () => {
      const port = await cluster().ok('get service served -o jsonpath={.spec.ports[0].nodePort}')
      const node = await cluster().ok('get node node-1 -o jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
      assert.deepEqual(await whoAnswers(`http://${node}:${port}`, 3), await podNames('served'))
      assert.deepEqual(await whoAnswers(`http://127.0.0.1:${port}`, 3), await podNames('served'))
    })

    it('a pod reaches it too, and itself through it', async () => {
      const [name] = await podNames('served')
      const ip = await cluster().ok('get service served -o jsonpath={.spec.clusterIP}')
      const seen = new Set<string>()
      await eventually(async () => {
        seen.add(await cluster().ok(`exec ${name} -- wget -q -O - http://${ip}:8080`))
        assert.equal(seen.size, 3, [...seen].join())
      })
    })

    it('who leaves is asked no more, who comes is asked', async () => {
      await cluster().ok('scale deployment served --replicas=1')
      await eventually(async () => assert.equal((await podNames('served')).size, 1))
      const ip = await cluster().ok('get service served -o jsonpath={.spec.clusterIP}')
      await eventually(async () => {
        const all = await Promise.all(
          Array.from({ length: 10 }, () => run('curl', ['--silent', '--max-time', '2', `http://${ip}:8080`])),
        )
        assert.equal(new Set(all.map(({ stdout }) => stdout)).size, 1)
      })
      await cluster().ok('scale deployment served --replicas=3')
      await cluster().ok('rollout status deployment/served --timeout=60s')
      assert.deepEqual(await whoAnswers(`http://${ip}:8080`, 3), await podNames('served'))
    })

    it('without ready pods it refuses', async () => {
      await cluster().ok('scale deployment served --replicas=0')
      const ip = await cluster().ok('get service served -o jsonpath={.spec.clusterIP}')
      await eventually(async () => {
        const { code } = await run('curl', ['--silent', '--max-time', '2', `http://${ip}:8080`])
        assert.equal(code, 7, 'connection refused')
      })
    })
  })
})
