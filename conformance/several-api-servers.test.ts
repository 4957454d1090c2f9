import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import type { Api } from './crash/api.ts'
import { Follower } from './crash/follower.ts'
import { several } from './crash/several.ts'
import { configMaps, dataOf } from './crash/values.ts'
import { eventually } from './eventually.ts'

describe('several API servers over one etcd', function () {
  this.timeout(180_000)
  let directory: string
  let etcd: EtcdCluster | undefined
  let apis: Api[] = []

  before(async function () {
    if (etcdProblem()) this.skip()
    directory = await mkdtemp(join(tmpdir(), 'pinnace-several-'))
    etcd = await EtcdCluster.start(3)
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    apis = await several(
      directory,
      etcd,
      addresses.map(address => ['--advertise-address', address]),
    )
  })
  after(async () => {
    await Promise.all(apis.map(api => api.end('SIGTERM')))
    apis = []
    await etcd?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('show at once what another one has answered, in GET and LIST, and refuse what another one has changed', async () => {
    const [a, b, c] = apis as [Api, Api, Api]
    for (let at = 0; at < 30; at++) {
      const name = `seen-${at}`
      const made = await a.send('POST', configMaps, { metadata: { name }, data: dataOf(at) })
      assert.equal(made.code, 201)
      const { metadata } = made.body
      assert.equal((await b.send('GET', `${configMaps}/${name}`)).body.metadata.resourceVersion, metadata.resourceVersion)
      const list = await c.send('GET', configMaps)
      assert.ok(list.body.items.some((item: { metadata: { name: string } }) => item.metadata.name === name))
      assert.equal((await b.send('PUT', `${configMaps}/${name}`, { metadata, data: dataOf(at + 1) })).code, 200)
      assert.equal((await c.send('PUT', `${configMaps}/${name}`, { metadata, data: dataOf(at + 2) })).code, 409)
      assert.equal((await a.send('GET', `${configMaps}/${name}`)).body.data.number, `${at + 1}`)
    }
  })

  it('let a watch be taken up at another one, also after one was killed and started anew', async () => {
    const [a, b, c] = apis as [Api, Api, Api]
    const from = Number((await a.send('GET', configMaps)).body.metadata.resourceVersion)
    let turn = 0
    const wandering = new Follower(() => apis[turn++ % apis.length]!, from, 0)
    const staying = new Follower(() => c, from, 0)
    let last = from
    for (let at = 0; at < 120; at++) {
      if (at === 40) await a.end()
      if (at === 80) await a.start()
      const api = at % 2 === 0 ? b : c
      const { body } = await api.send('POST', configMaps, { metadata: { name: `watched-${at}` }, data: dataOf(at) })
      last = Number(body.metadata.resourceVersion)
    }
    const late = new Follower(() => a, from, 0)
    const told = await staying.heard(last)
    assert.ok(told.length >= 120)
    assert.deepEqual(await wandering.heard(last), told)
    assert.deepEqual(await late.heard(last), told)
    await Promise.all([wandering, staying, late].map(follower => follower.stop()))
  })

  it('are all endpoints of the Service kubernetes, until one ends or its lease has lapsed', async () => {
    const [a, b, c] = apis as [Api, Api, Api]
    const addresses = async (): Promise<string[]> => {
      const { body } = await a.send('GET', '/api/v1/namespaces/default/endpoints/kubernetes')
      return body.subsets[0].addresses.map(({ ip }: { ip: string }) => ip)
    }
    const are = (wanted: readonly string[]) => eventually(async () => assert.deepEqual(await addresses(), wanted), 60_000)
    await are(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    await b.end('SIGTERM')
    await are(['192.0.2.1', '192.0.2.3'])
    await c.end('SIGKILL')
    await are(['192.0.2.1'])
    await Promise.all([b.start(), c.start()])
    await are(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  })

  it('answer 503 or 504 in bounded time without a quorum, serve watches on, and come back with it', async () => {
    const [a] = apis as [Api]
    const [first, second] = etcd!.members
    await Promise.all([first!.signal('SIGKILL'), second!.signal('SIGKILL')])
    const read = await a.send('GET', `${configMaps}/seen-0`)
    assert.deepEqual([read.code, read.body.reason], [503, 'ServiceUnavailable'])
    const written = await a.send('POST', configMaps, { metadata: { name: 'lost' }, data: dataOf(1) })
    assert.ok(written.code === 503 || written.code === 504, `${written.code}`)
    first!.start()
    await etcd!.healthy(2)
    await eventually(async () => assert.equal((await a.send('GET', `${configMaps}/seen-0`)).code, 200))
    second!.start()
    await etcd!.healthy()
  })
})
