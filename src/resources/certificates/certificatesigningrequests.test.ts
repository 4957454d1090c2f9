import 'reflect-metadata'
import assert from 'node:assert/strict'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import type { CertificateSigningRequest } from '#api/certificates/v1.ts'
import { complaints, shown, somebody, asStored as stored } from '#resources/as-stored.ts'
import requests from './certificatesigningrequests.ts'

type Fields = Record<string, unknown>
const request = async (algorithm: object, hash = 'SHA-256'): Promise<string> => {
  const keys = (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, ['sign', 'verify'])) as CryptoKeyPair
  const made = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=jane,O=people',
    keys,
    signingAlgorithm: { ...algorithm, hash } as EcKeyGenParams & { hash: string },
  })
  return Buffer.from(made.toString('pem')).toString('base64')
}
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }
const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
const condition = (type: string) => ({ type, status: 'True' })

describe('certificate signing requests', () => {
  let good: string
  before(async () => {
    good = await request(ecdsa)
  })
  const spec = (more: Fields = {}): Fields => ({
    spec: { request: good, signerName: 'example.com/test', usages: ['client auth'], ...more },
  })

  it('say who made them, whatever the client says', () => {
    const made = stored(requests, spec({ username: 'root', extra: { a: ['b'] } })) as unknown as CertificateSigningRequest
    assert.equal(made.spec.username, 'somebody')
    assert.deepEqual(made.spec.groups, ['people'])
    assert.equal(made.spec.extra, undefined)
    assert.deepEqual(shown(requests, made), ['x', '60s', 'example.com/test', 'somebody', '<none>', 'Pending'])
  })

  it('are signed by the key that they ask a certificate for', async () => {
    for (const algorithm of [ecdsa, rsa]) assert.deepEqual(complaints(requests, spec({ request: await request(algorithm) })), [])
    const pem = Buffer.from(good, 'base64').toString()
    const der = Buffer.from(pem.split('\n').slice(1, -1).join(''), 'base64')
    der[40]! ^= 1
    const forged = Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`,
    ).toString('base64')
    assert.equal(complaints(requests, spec({ request: forged })).length, 1)
  })

  it('are checked in upstream words', () => {
    assert.deepEqual(complaints(requests, spec({ request: 'bm9uZQ==', usages: [], signerName: 'test', expirationSeconds: 5 })), [
      'spec.request: Invalid value: "bm9uZQ==": PEM block type must be CERTIFICATE REQUEST',
      'spec.usages: Required value',
      'spec.signerName: Invalid value: "test": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      'spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)',
    ])
    assert.deepEqual(complaints(requests, spec({ signerName: 'kubernetes.io/legacy-unknown', usages: ['any', 'any'] })), [
      'spec.usages[1]: Duplicate value: "any"',
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ])
  })

  it('are approved through one door, and signed through another', () => {
    const before = stored(requests, spec()) as unknown as CertificateSigningRequest
    const { approval } = requests.subresources!
    const body = { ...before, status: { conditions: [condition('Approved')], certificate: 'x' } }
    const approved = approval!.put!(before, body) as CertificateSigningRequest
    approval!.prepare!(approved, before, somebody)
    assert.equal(approved.status?.certificate, undefined)
    assert.equal(approved.status?.conditions?.[0]?.lastUpdateTime, '2026-01-01T00:00:00Z')
    assert.deepEqual([...approval!.validate!(approved, before)], [])
    assert.equal(shown(requests, approved).at(-1), 'Approved')

    const through = (status: object) =>
      [...requests.validateStatus!({ ...before, status } as CertificateSigningRequest, approved)].map(
        ({ field, message }) => `${field}: ${message}`,
      )
    assert.deepEqual(through({ conditions: [] }), [
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ])
    const both = { conditions: [...approved.status!.conditions!, condition('Denied')] }
    assert.deepEqual(
      through(both).map(each => each.replace(/value: \[.*\]:/, 'value: …:')),
      [
        'status.conditions: Invalid value: …: Approved and Denied conditions are mutually exclusive',
        'status.conditions: Forbidden: updates may not add a condition of type "Denied"',
      ],
    )
  })
})
