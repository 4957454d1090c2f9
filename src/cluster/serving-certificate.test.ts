import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import { HandClock } from '#apiserver/testing.ts'
import { eventually } from '#controllers/testing-cluster.ts'
import { kubeletServer } from '#kubelet/server.ts'
import { type Clock, realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { keptServingCertificate, servingCertificates } from './serving-certificate.ts'
import { type Cluster, startCluster } from './start-cluster.ts'

describe('the serving certificate of a kubelet', () => {
  let directory: string
  let cluster: Cluster
  const stop = new AbortController()
  const hand = new HandClock()
  // Whoever waits for long waits for the hand.
  const clock: Clock = {
    now: () => hand.now(),
    sleep: (ms, signal) => (ms > 60_000 ? hand : realClock).sleep(ms, signal),
  }
  const seat = () => ({ nodeName: 'n1', hosts: ['n1', '127.0.0.1'], directory: join(directory, 'pki') })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-serving-'))
    cluster = await startCluster({ nodes: 0, without: ['scheduler', 'kubelet', 'proxy'] })
  })
  after(async () => {
    stop.abort()
    await cluster?.stop()
    await rm(directory, { recursive: true })
  })

  const shownAt = async (port: number): Promise<X509Certificate> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: '' })
    await once(socket, 'secureConnect')
    const certificate = socket.getPeerX509Certificate()!
    socket.destroy()
    return certificate
  }
  const approve = (): Promise<CertificateSigningRequest> =>
    eventually(async () => {
      const { items } = await cluster.client.list(CertificateSigningRequest)
      const waiting = items.find(({ status }) => !status?.conditions)
      if (!waiting) return undefined
      const conditions = [{ type: 'Approved', status: 'True' as const, reason: 'ByHand', message: '' }]
      return cluster.client.update(CertificateSigningRequest, { ...waiting, status: { conditions } }, { subresource: 'approval' })
    })

  it('is shown once somebody has approved it, kept for the next start, and renewed in time', async () => {
    const { client, access } = cluster
    const clientCa = access.ca ?? ''
    const world = { client, clock, random: Math.random, log: silent }
    const server = kubeletServer({
      port: 0,
      host: '127.0.0.1',
      tls: { clientCa },
      async *tlsChanges(signal) {
        for await (const pair of servingCertificates(seat(), { ...world, kept: undefined }, signal)) yield { ...pair, clientCa }
      },
      find: () => undefined,
      pods: () => [],
      clock: realClock,
      log: silent,
    })
    const port = await server.listen()
    const running = server.run(stop.signal)
    await assert.rejects(shownAt(port), /handshake failure/)

    const { spec } = await approve()
    assert.equal(spec.signerName, 'kubernetes.io/kubelet-serving')
    const first = await eventually(() => shownAt(port).catch(() => undefined))
    assert.equal(first.subject, 'O=system:nodes\nCN=system:node:n1')
    assert.ok(first.checkIP('127.0.0.1') && first.checkHost('n1'))
    const kept = await keptServingCertificate(seat(), hand.now())
    assert.equal(new X509Certificate(kept!.cert).serialNumber, first.serialNumber)
    assert.equal((await stat(join(directory, 'pki', 'kubelet-server-current.pem'))).mode & 0o777, 0o600)
    assert.equal(await keptServingCertificate({ ...seat(), hosts: ['192.0.2.1'] }, hand.now()), undefined)

    hand.pass(Date.parse(first.validTo) - 86_400_000 - hand.now().getTime())
    await approve()
    await eventually(async () => (await shownAt(port)).serialNumber !== first.serialNumber)
    stop.abort()
    await running
  })
})
