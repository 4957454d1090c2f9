import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { SelfSubjectReview } from '#api/authentication/v1.ts'
import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import { Secret } from '#api/core/v1.ts'
import { ClusterRoleBinding } from '#api/rbac/v1.ts'
import { HandClock } from '#apiserver/testing.ts'
import { Client } from '#client/client.ts'
import { readKubeconfig, writeKubeconfig } from '#client/kubeconfig.ts'
import type { Access } from '#client/transport.ts'
import { eventually } from '#controllers/testing-cluster.ts'
import { type Clock, realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { NodeCertificate } from './node-certificate.ts'
import { type Cluster, startCluster } from './start-cluster.ts'

const dayMs = 86_400_000

describe('the certificate of a node that joins', () => {
  let directory: string
  let cluster: Cluster
  const { signal } = new AbortController()
  const hand = new HandClock()
  // Whoever waits for long waits for the hand.
  const clock: Clock = {
    now: () => hand.now(),
    sleep: (ms, stop) => (ms > 60_000 ? hand : realClock).sleep(ms, stop),
  }
  const world = { clock, random: Math.random, log: silent }
  const files = () => ({
    nodeName: 'joiner',
    kubeconfig: join(directory, 'kubelet', 'kubeconfig'),
    bootstrapKubeconfig: join(directory, 'bootstrap'),
  })
  const whoIs = async ({ transport }: NodeCertificate): Promise<string | undefined> =>
    (await new Client(transport).create(SelfSubjectReview, { metadata: {} })).status?.userInfo?.username
  const requesters = async (): Promise<(string | undefined)[]> =>
    (await cluster.client.list(CertificateSigningRequest)).items
      .toSorted((one, other) => Number(one.metadata.resourceVersion) - Number(other.metadata.resourceVersion))
      .map(({ spec }) => spec.username)
  const otherThan = (cert: string | undefined): Promise<Access> =>
    eventually(async () => {
      const now = await readKubeconfig(files().kubeconfig)
      return now.cert !== cert && now
    })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-joining-'))
    cluster = await startCluster({ port: 0, storage: 'memory', runtime: 'simulated', without: ['kubelet', 'scheduler', 'proxy'] })
    const { client, access } = cluster
    await client.create(Secret, {
      metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' },
    })
    const bindings = [
      ['system:node-bootstrapper', 'system:bootstrappers'],
      ['system:certificates.k8s.io:certificatesigningrequests:nodeclient', 'system:bootstrappers'],
      ['system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', 'system:nodes'],
    ] as const
    for (const [at, [role, group]] of bindings.entries())
      await client.create(ClusterRoleBinding, {
        metadata: { name: `joining-${at}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
      })
    const { server, ca } = access
    await writeKubeconfig(files().bootstrapKubeconfig, [
      { name: 'bootstrap', access: { server, ...(ca && { ca }), token: 'abcdef.0123456789abcdef' } },
    ])
  })
  after(async () => {
    await cluster?.stop()
    await rm(directory, { recursive: true })
  })

  it('is asked for once, kept to its owner, and renewed in time while it is in use', async () => {
    const first = await NodeCertificate.open(files(), world, signal)
    assert.equal(await whoIs(first), 'system:node:joiner')
    assert.equal((await stat(files().kubeconfig)).mode & 0o777, 0o600)
    first.transport.close()

    const again = await NodeCertificate.open(files(), world, signal)
    assert.equal((await requesters()).length, 1)
    const { cert } = await readKubeconfig(files().kubeconfig)
    const stopping = new AbortController()
    const running = again.run(stopping.signal)
    hand.pass(Date.parse(new X509Certificate(cert!).validTo) - dayMs - hand.now().getTime())
    const renewed = await otherThan(cert)
    assert.equal(renewed.token, undefined)
    assert.equal(await whoIs(again), 'system:node:joiner')
    assert.deepEqual(await requesters(), ['system:bootstrap:abcdef', 'system:node:joiner'])
    stopping.abort()
    await running
    again.transport.close()
  })

  it('is got anew by the bootstrap token when it ended before it could be renewed', async () => {
    const made = await NodeCertificate.open(files(), world, signal)
    const { cert } = await readKubeconfig(files().kubeconfig)
    const stopping = new AbortController()
    const running = made.run(stopping.signal)
    hand.pass(2 * 365 * dayMs)
    await otherThan(cert)
    assert.equal(await whoIs(made), 'system:node:joiner')
    assert.deepEqual((await requesters()).slice(2), ['system:bootstrap:abcdef'])
    stopping.abort()
    await running
    made.transport.close()
  })

  it('is asked for again where the kubeconfig is no good', async () => {
    await writeFile(files().kubeconfig, 'nonsense: true')
    const made = await NodeCertificate.open(files(), world, signal)
    assert.equal(await whoIs(made), 'system:node:joiner')
    made.transport.close()
  })

  it('is asked for as soon as there is an API server', async () => {
    const door = createServer(socket => pipeline(socket, connect(cluster.port, '127.0.0.1'), socket, () => {}))
    await once(door.listen(0, '127.0.0.1'), 'listening')
    const { port } = door.address() as AddressInfo
    door.close()
    await once(door, 'close')
    const early = { nodeName: 'early', kubeconfig: join(directory, 'early'), bootstrapKubeconfig: join(directory, 'closed') }
    const { token, ...access } = await readKubeconfig(files().bootstrapKubeconfig)
    await writeKubeconfig(early.bootstrapKubeconfig, [
      { name: 'closed', access: { ...access, server: `https://127.0.0.1:${port}`, token: token as string } },
    ])
    const warned = Promise.withResolvers<string>()
    const opening = NodeCertificate.open(early, { ...world, log: { ...silent, warn: warned.resolve } }, signal)
    assert.equal(await warned.promise, 'the API server does not answer yet')
    door.listen(port, '127.0.0.1')
    const made = await opening
    assert.equal(await whoIs(made), 'system:node:early')
    made.transport.close()
    door.close()
  })

  it('is not waited for where it is denied', async () => {
    const others = { ...files(), nodeName: 'refused', kubeconfig: join(directory, 'refused') }
    const { client } = cluster
    await client.delete(ClusterRoleBinding, { namespace: '', name: 'joining-1' })
    const denied = assert.rejects(NodeCertificate.open(others, world, signal), /certificate signing request csr-\w+: Denied: no/)
    const pending = await eventually(async () =>
      (await client.list(CertificateSigningRequest)).items.find(({ status }) => !status?.conditions),
    )
    const conditions = [{ type: 'Denied', status: 'True' as const, reason: 'ByHand', message: 'no' }]
    await client.update(CertificateSigningRequest, { ...pending, status: { conditions } }, { subresource: 'approval' })
    await denied
  })
})
