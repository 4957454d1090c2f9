import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CertificateSigningRequest, type KeyUsage } from '#api/certificates/v1.ts'
import { ConfigMap } from '#api/core/v1.ts'
import type { Client } from '#client/client.ts'
import { eventually, type TestCluster, testCluster } from './testing-cluster.ts'

const run = promisify(execFile)

describe('the controllers of certificates (with openssl)', () => {
  let directory: string
  let cluster: TestCluster
  let client: Client

  before(async function () {
    const isThere = await run('openssl', ['version']).then(
      () => true,
      () => false,
    )
    if (!isThere) return this.skip()
    directory = await mkdtemp(join(tmpdir(), 'pinnace-csr-'))
    cluster = await testCluster([])
    client = cluster.client
  })
  after(async () => {
    await cluster?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  /** A request as openssl writes it, in base64. */
  async function request(name: string, subject: string, key: readonly string[], names = ''): Promise<string> {
    const [keyFile, file] = [join(directory, `${name}.key`), join(directory, `${name}.csr`)]
    const more = names ? ['-addext', `subjectAltName=${names}`] : []
    await run('openssl', [
      'req',
      '-new',
      '-newkey',
      ...key,
      '-nodes',
      '-keyout',
      keyFile,
      '-out',
      file,
      '-subj',
      subject,
      ...more,
    ])
    return (await readFile(file)).toString('base64')
  }

  const rsa = ['rsa:2048']
  const ec = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const ask = (name: string, signer: string, text: string, usages: KeyUsage[], more: object = {}) =>
    client.create(CertificateSigningRequest, {
      metadata: { name },
      spec: { request: text, signerName: `kubernetes.io/${signer}`, usages, ...more },
    })
  const now = (name: string) => client.get(CertificateSigningRequest, { namespace: '', name })
  const approve = async (name: string) => {
    const object = await now(name)
    const conditions = [{ type: 'Approved', status: 'True' as const, reason: 'ByHand', message: 'yes' }]
    await client.update(CertificateSigningRequest, { ...object, status: { conditions } }, { subresource: 'approval' })
  }
  const issued = async (name: string): Promise<X509Certificate> => {
    const certificate = await eventually(async () => (await now(name)).status?.certificate)
    return new X509Certificate(Buffer.from(certificate, 'base64'))
  }
  const ca = async (): Promise<X509Certificate> => {
    const { data } = await eventually(() => client.get(ConfigMap, { namespace: 'default', name: 'kube-root-ca.crt' }))
    return new X509Certificate(data!['ca.crt']!)
  }

  it('sign for a person what a person approves, with the key, the names and the time that are asked for', async () => {
    for (const [name, key] of [
      ['rsa', rsa],
      ['ec', ec],
    ] as const) {
      await ask(
        name,
        'kube-apiserver-client',
        await request(name, '/O=devs/CN=jane', key),
        ['digital signature', 'client auth'],
        {
          expirationSeconds: 3600,
        },
      )
      await approve(name)
      const certificate = await issued(name)
      assert.equal(certificate.subject, 'O=devs\nCN=jane')
      assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
      assert.ok(certificate.verify((await ca()).publicKey))
      assert.ok(certificate.checkPrivateKey(createPrivateKey(await readFile(join(directory, `${name}.key`)))))
      const lasts = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)
      assert.equal(Math.round(lasts / 60_000), 65, 'an hour, and five minutes for clocks that differ')
    }
  })

  it('approve what a node asks for itself, and nothing else', async () => {
    const subject = '/O=system:nodes/CN=system:node:n1'
    await ask('node', 'kube-apiserver-client-kubelet', await request('node', subject, ec), ['digital signature', 'client auth'])
    const certificate = await issued('node')
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1')
    const { status } = await now('node')
    assert.deepEqual(
      status?.conditions?.map(({ type, reason, message }) => [type, reason, message]),
      [['Approved', 'AutoApproved', 'Auto approving kubelet client certificate after SubjectAccessReview.']],
    )
    await ask('serving', 'kubelet-serving', await request('serving', subject, ec, 'DNS:n1,IP:10.0.0.1'), [
      'digital signature',
      'server auth',
    ])
    await approve('serving')
    assert.equal((await issued('serving')).subjectAltName, 'DNS:n1, IP Address:10.0.0.1')
  })

  it('say why they do not sign what is not as it should be', async () => {
    await ask('wrong', 'kube-apiserver-client', await request('wrong', '/CN=jane', ec), ['server auth'])
    await approve('wrong')
    const failed = await eventually(async () => (await now('wrong')).status?.conditions?.find(({ type }) => type === 'Failed'))
    assert.deepEqual(
      [failed.reason, failed.message],
      ['SignerValidationFailure', 'invalid usage for client certificate: server auth'],
    )
  })

  it('leave alone what nobody has approved, and what another signs', async () => {
    await ask('waiting', 'kube-apiserver-client', await request('waiting', '/CN=jane', ec), ['client auth'])
    const { metadata } = await client.create(CertificateSigningRequest, {
      metadata: { name: 'elsewhere' },
      spec: { request: await request('elsewhere', '/CN=jane', ec), signerName: 'example.com/own', usages: ['client auth'] },
    })
    await approve('elsewhere')
    await ask('after', 'kube-apiserver-client', await request('after', '/CN=jane', ec), ['client auth'])
    await approve('after')
    await issued('after')
    assert.equal((await now('waiting')).status?.certificate, undefined)
    assert.equal((await now(metadata.name!)).status?.certificate, undefined)
  })
})
