import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, realClock } from '#machinery/clock.ts'
import { Authority } from './certificates.ts'

describe('the certificate authority', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-pki-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('issues what its own certificate verifies, and the same again after a restart', async () => {
    const subject = { commonName: 'system:node:n1', organizations: ['system:nodes'] }
    const authority = await Authority.open(directory, realClock)
    const { cert } = await authority.pair('n1', subject)
    const certificate = new X509Certificate(cert)
    assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey))
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1')
    const again = await (await Authority.open(directory, realClock)).pair('n1', subject)
    assert.equal(again.cert, cert)
  })

  it('issues anew for another subject, for a host that is not named, and half a month before the end', async () => {
    const authority = await Authority.open(directory, realClock)
    const first = await authority.pair('a', { commonName: 'a', hosts: ['localhost'] })
    const wider = await authority.pair('a', { commonName: 'a', hosts: ['localhost', '10.0.0.1'] })
    assert.notEqual(wider.cert, first.cert)
    assert.equal((await authority.pair('a', { commonName: 'a', hosts: ['10.0.0.1'] })).cert, wider.cert)
    const other = await authority.pair('a', { commonName: 'a', organizations: ['g'], hosts: ['10.0.0.1'] })
    assert.notEqual(other.cert, wider.cert)
    const later: Clock = { ...realClock, now: () => new Date(realClock.now().getTime() + 355 * 86_400_000) }
    const renewed = await (await Authority.open(directory, later)).pair('a', {
      commonName: 'a',
      organizations: ['g'],
      hosts: ['10.0.0.1'],
    })
    assert.notEqual(renewed.cert, other.cert)
  })

  it('keeps keys from other users of the machine', async () => {
    const authority = await Authority.open(directory, realClock)
    await authority.pair('a', { commonName: 'a' })
    await authority.key('sa')
    for (const name of ['ca.key', 'a.key', 'sa.key']) assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name)
  })
})
