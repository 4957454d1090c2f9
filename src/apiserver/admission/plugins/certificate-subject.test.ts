import 'reflect-metadata'
import assert from 'node:assert/strict'
import { type JsonName, Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { assertRefused, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { organizationsOf } from './certificate-subject.ts'

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const request = async (name: JsonName): Promise<string> => {
  const keys = (await crypto.subtle.generateKey(ecdsa, false, ['sign', 'verify'])) as CryptoKeyPair
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: ecdsa })
  return Buffer.from(made.toString('pem')).toString('base64')
}
/** An organization as DER has it, which in a name is only text. */
const disguised = '\x06\x03U\x04\x0a\x0c\x0esystem:masters'

describe('the subject of a certificate request', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const post = async (name: string, subject: JsonName, signerName = 'kubernetes.io/kube-apiserver-client'): Promise<Reply> =>
    api.admin('POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      metadata: { name },
      spec: { request: await request(subject), signerName, usages: ['client auth'] },
    })

  it('has any number of organizations, each in a part of its own or several in one', async () => {
    assert.deepEqual(await organizationsOf(await request([{ O: ['a', 'b'] }, { CN: ['jane'] }, { O: ['c'] }])), ['a', 'b', 'c'])
    assert.deepEqual(await organizationsOf(await request([{ CN: [disguised] }])), [])
    await assert.rejects(organizationsOf('bm9uZQ=='))
  })

  it('is not of the group that may do anything, where a client certificate is asked for', async () => {
    assertRefused(await post('masters', [{ CN: ['jane'] }, { O: ['people', 'system:masters'] }]), {
      code: 403,
      reason: 'Forbidden',
      message:
        'certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    })
    assert.equal((await post('people', [{ CN: [disguised] }, { O: ['people'] }])).code, 201)
    assert.equal((await post('elsewhere', [{ O: ['system:masters'] }], 'example.com/signer')).code, 201)
  })
})
