import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import { type Answer, Api } from './crash/api.ts'
import { several } from './crash/several.ts'
import { eventually } from './eventually.ts'

const services = '/api/v1/namespaces/default/services'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const ranges = ['--service-cluster-ip-range', '10.20.0.0/22', '--service-node-port-range', '30000-30499']

/** API servers in processes of their own, over one storage. */
interface Ground {
  readonly apis: readonly Api[]
  remove(): Promise<void>
}

/** On LMDB, which only one can have. */
async function onLmdb(flags: readonly string[]): Promise<Ground> {
  const data = await mkdtemp(join(tmpdir(), 'pinnace-numbers-'))
  const api = await Api.on(data, flags)
  await api.start()
  return {
    apis: [api],
    async remove() {
      await api.end('SIGTERM')
      await rm(data, { recursive: true })
    },
  }
}

async function onEtcd(flags: readonly string[]): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), 'pinnace-numbers-'))
  const etcd = await EtcdCluster.start(1)
  const flagsOf = (address: string): readonly string[] => ['--advertise-address', address, ...flags]
  const apis = await several(directory, etcd, ['192.0.2.1', '192.0.2.2'].map(flagsOf))
  return {
    apis,
    async remove() {
      await Promise.all(apis.map(api => api.end('SIGTERM')))
      await etcd.stop()
      await rm(directory, { recursive: true })
    },
  }
}

const storages: readonly (readonly [string, (flags: readonly string[]) => Promise<Ground>, () => string | undefined])[] = [
  ['two API servers on one etcd', onEtcd, etcdProblem],
  ['an API server on LMDB', onLmdb, () => undefined],
]

for (const [title, start, problem] of storages)
  describe(`Services of ${title}`, function () {
    this.timeout(300_000)
    let ground: Ground
    before(async function () {
      const why = problem()
      if (why) {
        console.log(`      skipped: ${why}`)
        this.skip()
      }
      ground = await start(ranges)
    })
    after(() => ground?.remove())

    const apiFor = (n: number): Api => ground.apis[n % ground.apis.length]!
    const create = (n: number, name: string, spec: object): Promise<Answer> =>
      apiFor(n).send('POST', services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })
    /** The addresses that are kept, but for that of the Service kubernetes. */
    const kept = async (n = 0): Promise<string[]> => {
      const { body } = await apiFor(n).send('GET', addresses)
      const names: string[] = body.items.map(({ metadata }: Answer['body']) => metadata.name)
      return names.filter(name => name !== '10.20.0.1').sort()
    }
    const isOnce = (numbers: readonly unknown[]): void => assert.equal(new Set(numbers).size, numbers.length, numbers.join(' '))

    it('get no address and no port twice, have an IPAddress each, and give all of it back', async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => create(n, `s-${n}`, { type: 'NodePort' })))
      for (const { code, body } of answers) assert.equal(code, 201, body.message)
      const ips = answers.map(({ body }) => body.spec.clusterIP)
      const nodePorts = answers.map(({ body }) => body.spec.ports[0].nodePort)
      isOnce(ips)
      isOnce(nodePorts)
      assert.deepEqual(await kept(1), ips.toSorted())
      const again = { type: 'NodePort', ports: [{ port: 80, nodePort: nodePorts[0] }] }
      const { code, body } = await create(1, 'again', again)
      assert.equal(code, 422)
      assert.match(body.message, /: provided port is already allocated$/)

      const gone = await Promise.all(answers.map((_, n) => apiFor(n + 1).send('DELETE', `${services}/s-${n}`)))
      for (const { code } of gone) assert.equal(code, 200)
      assert.deepEqual(await kept(), [])
      assert.equal((await create(1, 'again', again)).code, 201)
      assert.equal((await apiFor(0).send('DELETE', `${services}/again`)).code, 200)
    })

    it('get the address that fifty ask for once, and the others are told so', async () => {
      const clusterIP = '10.20.0.77'
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => create(n, `one-${n}`, { clusterIP })))
      const [won, lost] = [201, 422].map(wanted => answers.filter(({ code }) => code === wanted)) as [Answer[], Answer[]]
      assert.deepEqual([won.length, lost.length], [1, 49])
      const why = `spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`
      for (const { body } of lost) assert.match(body.message, /^Service "one-\d+" is invalid: /)
      for (const { body } of lost) assert.ok(body.message.endsWith(why), body.message)
      assert.deepEqual(await kept(), [clusterIP])
      await apiFor(1).send('DELETE', `${services}/${won[0]!.body.metadata.name}`)
      assert.equal((await create(0, 'next', { clusterIP })).code, 201)
      await apiFor(1).send('DELETE', `${services}/next`)
      assert.deepEqual(await kept(), [])
    })

    it('get none but those of the ranges, as many as there are', async () => {
      const outside = await create(0, 'far', { clusterIP: '10.99.0.1' })
      assert.equal(outside.code, 422)
      assert.match(
        outside.body.message,
        /failed to allocate IP 10\.99\.0\.1: the provided network does not match the current range$/,
      )
      const port = await create(0, 'far', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })
      assert.equal(port.code, 422)
      assert.match(port.body.message, /provided port is not in the valid range\. The range of valid ports is 30000-30499$/)
      assert.deepEqual(await kept(), [])
    })

    it('lose nothing by crashes of the API server; what these leave behind is taken away', async () => {
      const [api] = ground.apis as [Api]
      let made = 0
      for (let round = 0; round < 3; round++) {
        const writers = Array.from({ length: 32 }, async (_, n) => {
          for (let at = 0; ; at++) {
            const answer = await api
              .send('POST', services, { metadata: { name: `c-${round}-${n}-${at}` }, spec: { ports: [{ port: 80 }] } })
              .catch(() => undefined)
            if (!answer) return
            if (answer.code === 201) made++
          }
        })
        await new Promise(resolve => setTimeout(resolve, 400 + 150 * round))
        await api.end('SIGKILL')
        await Promise.all(writers)
        await api.start()
      }
      const list = async (): Promise<string[]> => {
        const { body } = await api.send('GET', services)
        const ips: string[] = body.items.map(({ spec }: Answer['body']) => spec.clusterIP)
        return ips.filter(ip => ip !== '10.20.0.1').sort()
      }
      const ips = await list()
      assert.ok(ips.length >= made && made > 0, `${ips.length} of ${made}`)
      isOnce(ips)
      const leaked = (await kept()).filter(ip => !ips.includes(ip))
      console.log(`      ${made} answered, ${ips.length} there, ${leaked.length} addresses leaked`)
      await eventually(async () => assert.deepEqual(await kept(), ips), 200_000)
    })
  })

describe('Services of a small range', function () {
  this.timeout(60_000)
  let ground: Ground
  before(async () => {
    ground = await onLmdb(['--service-cluster-ip-range', '10.30.0.0/28', '--service-node-port-range', '30000-30001'])
  })
  after(() => ground?.remove())

  it('are told when it is full', async () => {
    const [api] = ground.apis as [Api]
    const create = (name: string, spec: object = {}): Promise<Answer> =>
      api.send('POST', services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => create(`s-${n}`)))
    const made = answers.filter(({ code }) => code === 201)
    assert.equal(made.length, 13)
    for (const { code, body } of answers)
      if (code !== 201) {
        assert.equal(code, 422)
        assert.match(body.message, /failed to allocate a serviceIP: range is full$/)
      }
    await api.send('DELETE', `${services}/${made[0]!.body.metadata.name}`)
    const ports = [1, 2, 3].map(port => ({ port, name: `p-${port}` }))
    const { code, body } = await create('ports', { type: 'NodePort', ports })
    assert.equal(code, 422)
    assert.match(body.message, /failed to allocate a nodePort: range is full$/)
    assert.equal((await create('last')).code, 201)
  })
})
