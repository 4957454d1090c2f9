import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import { Api } from './crash/api.ts'
import { configMaps, dataOf } from './crash/values.ts'
import { inHouse, run } from './program.ts'

/** What a command that cannot go on says, without the name of the program. */
async function sentence(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(inHouse('hack/pinnace'), args)
  assert.equal(code, 1, stdout + stderr)
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.length, 1, stderr)
  return lines[0]!.replace(/^pinnace: /, '')
}

describe('storage that cannot be used is said in one sentence', function () {
  this.timeout(240_000)
  let directory: string
  let api: Api | undefined
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-trouble-'))
  })
  afterEach(async () => {
    await api?.end()
    api = undefined
    await rm(directory, { recursive: true, force: true })
  })

  const create = async (name: string, at: number): Promise<void> => {
    const { code } = await api!.send('POST', configMaps, { metadata: { name }, data: dataOf(at) })
    assert.equal(code, 201)
  }
  const numberOf = async (name: string): Promise<string> => (await api!.send('GET', `${configMaps}/${name}`)).body.data.number

  it('a read-only data directory: nothing starts, and nothing is lost', async function () {
    const data = join(directory, 'data')
    await mkdir(data)
    const mounted = process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', data]).status === 0
    if (!mounted) this.skip()
    try {
      api = await Api.on(data)
      await api.start()
      await create('kept', 5)
      await api.end('SIGTERM')
      assert.equal(spawnSync('mount', ['-o', 'remount,ro', data]).status, 0)
      const why = `make it writable, or name another directory (EROFS: read-only file system, access '${data}')`
      for (const args of [['up', '--runtime', 'simulated'], ['up', '--detach'], ['apiserver']])
        assert.equal(await sentence(...args, '--data', data), `${data} cannot be written to: ${why}`)
      assert.equal(await sentence('snapshot', 'save', '--data', data), `${data}/snapshots cannot be written to: ${why}`)
      assert.equal(spawnSync('mount', ['-o', 'remount,rw', data]).status, 0)
      await api.start()
      assert.equal(await numberOf('kept'), '5')
    } finally {
      await api?.end()
      spawnSync('umount', [data])
    }
  })

  it('a data directory that is a file', async () => {
    const data = join(directory, 'file')
    await writeFile(data, '')
    assert.match(await sentence('up', '--data', data), /^\S+\/file cannot be written to: make it writable, or name another/)
  })

  it('a snapshot that is not there', async () => {
    const file = join(directory, 'nosuch.snapshot')
    const says = `the snapshot ${file} cannot be read: ENOENT: no such file or directory, open '${file}'`
    assert.equal(await sentence('snapshot', 'restore', file, '--data', directory), says)
  })

  for (const flag of ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'])
    it(`a file of --${flag} that cannot be read`, async () => {
      const args = ['apiserver', '--data', directory, '--etcd-servers', 'https://127.0.0.1:1']
      const missing = join(directory, 'nosuch.pem')
      const says = `--${flag}: ${missing}: ENOENT: no such file or directory, open '${missing}'`
      assert.equal(await sentence(...args, `--${flag}`, missing), says)
      assert.match(await sentence(...args, `--${flag}`, directory), new RegExp(`^--${flag}: ${directory}: EISDIR: `))
    })

  it('an object whose bytes were altered on the disk: which one, to whom needs it; the others, and what lies there, stay', async () => {
    api = await Api.on(directory)
    await api.start()
    for (let at = 0; at < 50; at++) await create(`kept-${at}`, at)
    await api.end('SIGTERM')
    const file = join(directory, 'storage', 'data.mdb')
    const whole = await readFile(file)
    const spoilt = Buffer.from(whole)
    for (let at = -1; (at = spoilt.indexOf('"name":"kept-20"', at + 1)) >= 0; ) spoilt.write('"name":"tpek-20"', at)
    assert.ok(!spoilt.equals(whole))
    await writeFile(file, spoilt)
    await api.start()
    for (const path of [configMaps, '/api/v1/configmaps', `${configMaps}/kept-20`]) {
      const { code, body } = await api.send('GET', path)
      assert.deepEqual([code, body.reason], [500, 'InternalError'])
      assert.match(
        body.message,
        /^Internal error occurred: the storage is damaged: \/registry\/configmaps\/default\/kept-20 as it was written at revision \d+ cannot be read any more; restore a snapshot$/,
      )
    }
    for (const path of ['/api/v1/secrets', '/api/v1/namespaces']) assert.equal((await api.send('GET', path)).code, 200)
    for (let at = 0; at < 50; at++) if (at !== 20) assert.equal(await numberOf(`kept-${at}`), `${at}`)
    await create('kept-50', 50)
    await api.end('SIGTERM')
    await writeFile(file, whole)
    await api.start()
    for (let at = 0; at < 50; at++) assert.equal(await numberOf(`kept-${at}`), `${at}`)
  })

  it('an etcd that answers slowly: it is waited for, in bounded time, and nothing is lost', async function () {
    if (etcdProblem()) this.skip()
    const etcd = await EtcdCluster.start(1)
    const slow = await slowed(Number(new URL(etcd.endpoints[0]!).port))
    try {
      const flags = ['--etcd-servers', `http://127.0.0.1:${slow.port}`]
      api = await Api.on(directory, flags)
      await api.start()
      slow.delayMs = 1000
      await create('late', 7)
      assert.equal(await numberOf('late'), '7')
      slow.delayMs = 15_000
      const answer = await api.send('POST', configMaps, { metadata: { name: 'perhaps' }, data: dataOf(8) })
      assert.equal(answer.code, 504, answer.body.message)
      assert.match(answer.body.message, /etcd at \S+ did not say whether it has written/)
      assert.match(
        await sentence('apiserver', '--data', join(directory, 'other'), '--secure-port', '0', ...flags),
        /^etcd at http:\/\/127\.0\.0\.1:\d+ does not answer: /,
      )
      slow.delayMs = 0
      await api.end()
      await api.start()
      assert.equal(await numberOf('late'), '7')
      const { code, body } = await api.send('GET', `${configMaps}/perhaps`)
      assert.ok(code === 404 || body.data.number === '8')
    } finally {
      await slow.close()
      await etcd.stop()
    }
  })
})

/** A way to a port of this machine that takes its time with every answer. */
interface Slowed {
  readonly port: number
  delayMs: number
  close(): Promise<void>
}

async function slowed(target: number): Promise<Slowed> {
  const open = new Set<Socket>()
  const way = { port: 0, delayMs: 0, close: async () => {} }
  const server = createServer(near => {
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket.on('error', () => {}))
      socket.once('close', () => open.delete(socket))
    }
    near.pipe(far)
    far.on('data', bytes => setTimeout(() => near.write(bytes), way.delayMs))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.once('close', () => other.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  way.port = address.port
  way.close = async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return way
}
