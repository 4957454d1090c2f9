import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Cluster, isAlive, longestWaitMs, mountsBelow, ownCluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { web } from './manifests.ts'
import { inHouse, run } from './program.ts'

const undo: (() => Promise<void>)[] = []

async function undoAll(this: Mocha.Context): Promise<void> {
  this.timeout(120_000)
  for (const step of undo.splice(0).reverse()) await step()
}

describe('pinnace up, simulated', function () {
  this.timeout(60_000)
  let cluster: Cluster

  before(async function () {
    this.timeout(longestWaitMs)
    cluster = await ownCluster.call(this, { runtime: 'simulated' }, undo)
  })
  after(undoAll)

  it('says that nothing runs, before there is anything', async () => {
    const status = await cluster.status()
    assert.deepEqual(status, { code: 1, stdout: `no cluster runs on ${cluster.data}\n`, stderr: '' })
    const kubeconfig = await run(inHouse('hack/pinnace'), ['kubeconfig', '--data', cluster.data])
    assert.equal(kubeconfig.code, 1)
    assert.equal(kubeconfig.stderr, `pinnace: there is no cluster in ${cluster.data}: pinnace up --data ${cluster.data}\n`)
    const down = await cluster.down()
    assert.deepEqual(down, { code: 0, stdout: `no cluster runs on ${cluster.data}\n`, stderr: '' })
  })

  it('--detach comes back with a Ready node', async () => {
    const began = performance.now()
    const { code, stdout, stderr } = await cluster.tryUp()
    console.log(`      a first start, until the node is Ready: ${Math.round(performance.now() - began)} ms`)
    assert.equal(code, 0, stdout + stderr)
    assert.equal(stdout, `\nexport KUBECONFIG=${cluster.data}/kubeconfig\nkubectl get nodes\n`)
    assert.match(await cluster.kubectl.ok('get nodes --no-headers'), /^node-1\s+Ready\s+<none>\s+\d+s\s+v1\.36\./)
  })

  it('status says which process runs and how many nodes are Ready', async () => {
    const { code, stdout } = await cluster.status()
    assert.equal(code, 0)
    assert.match(stdout, /^process \d+ runs, 1 node is Ready\n$/)
  })

  it('kubeconfig prints what kubectl needs', async () => {
    const { code, stdout } = await run(inHouse('hack/pinnace'), ['kubeconfig', '--data', cluster.data])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`server: ["']?https://127\\.0\\.0\\.1:${cluster.port}\\b`))
  })

  for (const more of [['--detach'], []])
    it(`refuses a second up ${more.join('')} on the same directory, and the first runs on`, async () => {
      const pid = await cluster.pid()
      const args = ['--data', cluster.data, '--port', '0', '--runtime', 'simulated', ...more]
      const { code, stderr } = await run(inHouse('hack/up'), args)
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`^pinnace: a cluster runs on ${cluster.data} already \\(process ${pid}\\)`))
      assert.equal(await cluster.pid(), pid)
    })

  it('down ends the process and frees the port', async () => {
    await cluster.kubectl.ok('create configmap kept --from-literal=a=b')
    await cluster.kubectl.ok('apply -f -', { input: web() })
    await cluster.kubectl.ok('rollout status deployment/web --timeout=30s')
    const pid = await cluster.pid()
    const { code, stdout } = await cluster.down()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'stopped\n' })
    assert.ok(!isAlive(pid!), 'the process has ended')
    const server = createServer().listen(cluster.port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    assert.equal((await cluster.status()).code, 1)
  })

  it('a second start carries on where the first ended', async () => {
    const began = performance.now()
    await cluster.up()
    console.log(`      a second start, until the node is Ready: ${Math.round(performance.now() - began)} ms`)
    assert.equal(await cluster.kubectl.ok('get configmap kept -o jsonpath={.data.a}'), 'b')
    await cluster.kubectl.ok('rollout status deployment/web --timeout=30s')
    assert.equal(await cluster.kubectl.ok('get deployment web -o jsonpath={.metadata.generation}'), '1')
    assert.equal((await cluster.down()).code, 0)
  })

  it('in the foreground it says what it does, and Ctrl-C ends it with exit code 0', async () => {
    const running = cluster.foreground()
    await running.says(/kubectl get nodes/)
    assert.match(running.stdout, new RegExp(`API server +https://127\\.0\\.0\\.1:${cluster.port}, storage lmdb`))
    await eventually(() => cluster.kubectl.ok('get --raw /readyz'))
    const { code, stderr } = await running.stop('SIGINT')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  })

  for (const more of [['--detach'], []])
    it(`a port that is in use is said in one sentence ${more.join('')}`, async () => {
      const other = createServer().listen(cluster.port, '127.0.0.1')
      await once(other, 'listening')
      try {
        const { code, stderr, stdout } = await run(inHouse('hack/up'), [
          '--data',
          cluster.data,
          '--port',
          `${cluster.port}`,
          '--runtime',
          'simulated',
          ...more,
        ])
        assert.equal(code, 1, stdout + stderr)
        assert.match(stderr, new RegExp(`^pinnace: .*port ${cluster.port} is in use.*\n$`))
        assert.equal((await cluster.status()).code, 1)
      } finally {
        other.close()
      }
    })

  for (const [flags, sentence] of [
    [['--port', 'none'], /--port <port>.*'none' is invalid\. not a number/],
    [['--port', '70000'], /port 70000 is not between 0 and 65535/],
    [['--runtime', 'none'], /--runtime <name>.*'none' is invalid\. Allowed choices are auto, docker, simulated/],
    [['--nodes', '9999'], /9999 nodes: a cluster has between 0 and 5000/],
    [['--no-such-flag'], /unknown option '--no-such-flag'/],
  ] as const)
    it(`${flags.join(' ')} is answered with a sentence and exit code 1`, async () => {
      const { code, stderr } = await run(inHouse('hack/pinnace'), ['up', '--data', cluster.data, ...flags])
      assert.equal(code, 1)
      assert.match(stderr, sentence)
      assert.doesNotMatch(stderr, /^ +at /m)
    })
})

describe('pinnace up, with real containers', function () {
  this.timeout(90_000)
  let cluster: Cluster

  before(async function () {
    this.timeout(longestWaitMs)
    cluster = await ownCluster.call(this, { runtime: 'docker' }, undo)
  })
  after(undoAll)

  const nftTables = async (): Promise<string> => (await run('nft', ['list', 'tables'])).stdout

  for (const [way, end] of [
    ['down', async () => void (await cluster.down())],
    ['SIGINT', async () => process.kill((await cluster.pid())!, 'SIGINT')],
  ] as const)
    it(`${way} leaves no process, no container, no mount and no table of nftables, but what was stored`, async () => {
      await cluster.up()
      await cluster.kubectl.ok('apply -f -', { input: web() })
      await cluster.kubectl.ok('rollout status deployment/web --timeout=30s')
      assert.match(await nftTables(), /table ip kube-proxy/)
      assert.ok((await cluster.containers()).length >= 6, 'three pods run')
      const pid = await cluster.pid()
      await end()
      await eventually(() => assert.ok(!isAlive(pid!), 'the process has ended'))
      assert.deepEqual(await cluster.containers(), [])
      assert.deepEqual(await mountsBelow(cluster.data), [])
      assert.doesNotMatch(await nftTables(), /kube-proxy|10-244-0-0/)
    })

  it('after that a start brings the pods back', async () => {
    await cluster.up()
    await cluster.kubectl.ok('rollout status deployment/web --timeout=60s')
    await eventually(async () => {
      assert.equal(await cluster.kubectl.ok('get deployment web -o jsonpath={.status.readyReplicas}'), '3')
      assert.match(await cluster.kubectl.ok('get pods --no-headers'), /^(web-\S+ +1\/1 +Running +.*\n?){3}$/)
    })
  })
})
