import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Authority } from '#cluster/certificates.ts'
import { EtcdCluster, etcdProblem } from '#hack/etcd.ts'
import { realClock } from '#machinery/clock.ts'
import { type EtcdAccess, openEtcd } from '#storage/etcd.ts'
import { Compacted, Hindered, one, under } from '#storage/storage.ts'

const open = (access: EtcdAccess) => openEtcd(access, { clock: realClock })
const hindered = (obstacle: string, message: RegExp) => (error: unknown) =>
  error instanceof Hindered && error.obstacle === obstacle && message.test(error.message)

describe('an etcd that', function () {
  this.timeout(60_000)
  const undo: (() => Promise<unknown>)[] = []
  before(function () {
    if (etcdProblem()) this.skip()
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })
  const started = async (...args: Parameters<typeof EtcdCluster.start>): Promise<EtcdCluster> => {
    const cluster = await EtcdCluster.start(...args)
    undo.push(() => cluster.stop())
    return cluster
  }

  it('speaks TLS is reached with a certificate of its authority, and without one says why not', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pinnace-etcd-pki-'))
    undo.push(() => rm(directory, { recursive: true }))
    const ours = await Authority.open(join(directory, 'ours'), realClock)
    const theirs = await Authority.open(join(directory, 'theirs'), realClock)
    const server = await ours.pair('server', { commonName: 'etcd', hosts: ['127.0.0.1'] })
    const client = await ours.pair('client', { commonName: 'apiserver' })
    const stranger = await theirs.pair('client', { commonName: 'apiserver' })
    const tls = {
      cert: join(directory, 'server.crt'),
      key: join(directory, 'server.key'),
      clientCa: join(directory, 'ours', 'ca.crt'),
    }
    await Promise.all([writeFile(tls.cert, server.cert), writeFile(tls.key, server.key)])
    const { endpoints } = await started(1, { tls })

    const of = (ca: Authority, { cert, key }: { cert: string; key: string }): EtcdAccess => ({
      endpoints,
      ca: Buffer.from(ca.cert),
      cert: Buffer.from(cert),
      key: Buffer.from(key),
    })
    const storage = await open(of(ours, client))
    assert.ok((await storage.write({ key: '/a', value: Buffer.from('1'), expected: 0 })).written)
    await storage.close()
    await Promise.all([
      assert.rejects(
        open(of(theirs, client)),
        hindered('unavailable', /does not answer: its certificate is signed by none of the CA it was to be signed by$/),
      ),
      assert.rejects(
        open(of(ours, stranger)),
        hindered('unavailable', /does not answer: it does not take the client certificate/),
      ),
      assert.rejects(
        open({ endpoints, ca: Buffer.from(ours.cert) }),
        hindered('unavailable', /does not answer: .*or misses one$/),
      ),
      assert.rejects(open({ endpoints, ca: Buffer.from('x') }), /^Error: the CA for etcd is no certificate: /),
      assert.rejects(open(of(ours, { cert: client.cert, key: stranger.key })), /the certificates for etcd do not fit: /),
      assert.rejects(
        open({ endpoints: [endpoints[0]!.replace('https', 'http')] }),
        hindered('unavailable', /is no etcd, or expects https$/),
      ),
    ])
  })

  it('is not there, or is not named well, is a sentence', async () => {
    await assert.rejects(open({ endpoints: ['http://127.0.0.1:1'] }), hindered('unavailable', /127\.0\.0\.1:1 .*ECONNREFUSED/))
    await assert.rejects(open({ endpoints: ['127.0.0.1:2379'] }), /"127\.0\.0\.1:2379" is no address of an etcd: it looks like/)
    await assert.rejects(open({ endpoints: [] }), /no etcd is named/)
    const http = { endpoints: ['http://127.0.0.1:1'], ca: Buffer.from('x') }
    await assert.rejects(open(http), /only with https:/)
  })

  it('answers at one of several addresses is enough, but all must be of one cluster', async () => {
    const [one, other] = [await started(1), await started(1)]
    const endpoints = ['http://127.0.0.1:1', ...one.endpoints]
    const storage = await open({ endpoints })
    await storage.close()
    const mixed = await open({ endpoints: [...one.endpoints, ...other.endpoints] })
    await mixed.write({ key: '/a', value: Buffer.from('1'), expected: 0 })
    await one.stop()
    const refused = hindered('unavailable', /belongs to another cluster than the others|ECONNREFUSED/)
    await Promise.all([
      assert.rejects(mixed.read(under('/')), refused),
      assert.rejects(mixed.write({ key: '/b', value: Buffer.from('1'), expected: 0 }), refused),
    ])
    await mixed.close()
    const theirs = await open({ endpoints: other.endpoints })
    assert.deepEqual((await theirs.read(under('/'))).entries, [], 'nothing was written to the other')
    await theirs.close()
  })

  it('has no room left takes no more, but deletes, reads and compacts; too large a value is refused alone', async () => {
    const cluster = await started(1, { quotaBytes: 16 * 1024 * 1024 })
    const storage = await open({ endpoints: cluster.endpoints })
    const tooLarge = storage.write({ key: '/large', value: Buffer.alloc(2_000_000), expected: 0 })
    await assert.rejects(tooLarge, hindered('too large', /^etcdserver: request is too large$/))
    const fill = async (): Promise<void> => {
      for (let at = 0; ; at++) await storage.write({ key: `/${at}`, value: Buffer.alloc(1_000_000), expected: 0 })
    }
    await assert.rejects(fill(), hindered('full', /^etcdserver: mvcc: database space exceeded$/))
    const { revision } = await storage.read(under('/'), { limit: 1 })
    const [first] = (await storage.read(one('/0'))).entries
    assert.deepEqual(await storage.write({ key: '/0', expected: first!.revision }), { written: true, revision: revision + 1 })
    await storage.compact(revision + 1)
    await storage.close()
  })

  it('another API server compacted says so, and tells how far', async () => {
    const { endpoints } = await started(1)
    const [storage, other] = [await open({ endpoints }), await open({ endpoints })]
    let revision = 0
    for (let at = 0; at < 10; at++) {
      const outcome = await other.write({ key: '/a', value: Buffer.from(`${at}`), expected: revision })
      assert.ok(outcome.written)
      revision = outcome.revision
    }
    await other.compact(revision - 2)
    await assert.rejects(
      storage.read(under('/'), { at: revision - 3 }),
      error => error instanceof Compacted && error.oldest === revision - 2,
    )
    const late = await open({ endpoints })
    await assert.rejects(
      Array.fromAsync(late.watch(under('/'), revision - 3, new AbortController().signal)),
      error => error instanceof Compacted && error.oldest === revision - 2,
    )
    await Promise.all([storage, other, late].map(each => each.close()))
  })
})
