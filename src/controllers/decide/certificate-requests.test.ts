import assert from 'node:assert/strict'
import type { CertificateSigningRequest, KeyUsage } from '#api/certificates/v1.ts'
import type { Asked } from '#controllers/certificates/request.ts'
import { endsMs, signers, validity } from './certificate-requests.ts'

const node: Asked = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emails: [],
  uris: [],
}
const client: KeyUsage[] = ['digital signature', 'client auth']
const server: KeyUsage[] = ['digital signature', 'key encipherment', 'server auth']

const cases: readonly [string, Partial<Asked>, readonly KeyUsage[], string | undefined][] = [
  ['kube-apiserver-client-kubelet', {}, client, undefined],
  ['kube-apiserver-client-kubelet', {}, [...client, 'key encipherment'], undefined],
  ['kube-apiserver-client-kubelet', { organizations: ['system:masters'] }, client, 'subject organization is not system:nodes'],
  ['kube-apiserver-client-kubelet', { organizations: ['system:nodes', 'x'] }, client, 'subject organization is not system:nodes'],
  ['kube-apiserver-client-kubelet', { commonName: 'jane' }, client, 'subject common name does not begin with system:node:'],
  ['kube-apiserver-client-kubelet', { dnsNames: ['a'] }, client, 'DNS subjectAltNames are not allowed'],
  ['kube-apiserver-client-kubelet', { ipAddresses: ['10.0.0.1'] }, client, 'IP subjectAltNames are not allowed'],
  ['kube-apiserver-client-kubelet', { emails: ['a@b'] }, client, 'Email subjectAltNames are not allowed'],
  ['kube-apiserver-client-kubelet', { uris: ['x:y'] }, client, 'URI subjectAltNames are not allowed'],
  ['kube-apiserver-client-kubelet', {}, ['client auth'], 'usages did not match [client auth digital signature key encipherment]'],
  ['kubelet-serving', { ipAddresses: ['10.0.0.1'] }, server, undefined],
  ['kubelet-serving', { dnsNames: ['n1'] }, ['digital signature', 'server auth'], undefined],
  ['kubelet-serving', {}, server, 'DNS or IP subjectAltName is required'],
  ['kubelet-serving', { dnsNames: ['n1'] }, client, 'usages did not match [digital signature key encipherment server auth]'],
  ['kubelet-serving', { dnsNames: ['n1'], commonName: 'x' }, server, 'subject common name does not begin with system:node:'],
  ['kube-apiserver-client', { commonName: 'jane' }, client, undefined],
  ['kube-apiserver-client', {}, ['digital signature'], 'missing required usage for client certificate: client auth'],
  ['kube-apiserver-client', {}, [...client, 'server auth'], 'invalid usage for client certificate: server auth'],
  ['legacy-unknown', { commonName: 'anything' }, ['server auth'], undefined],
]

describe('a signer of kubernetes.io', () => {
  for (const [name, more, usages, verdict] of cases)
    it(`${name}: ${JSON.stringify(more)} for ${usages.join(', ')}: ${verdict ?? 'signs'}`, () => {
      assert.equal(signers[`kubernetes.io/${name}`]!({ ...node, ...more }, usages), verdict)
    })

  it('signs for as long as is asked, within bounds, and not beyond its own end', () => {
    const at = { nowMs: 1_000_000_000, longestMs: 86_400_000, caEndsMs: 2_000_000_000 }
    const minutes = (count: number): number => count * 60_000
    assert.deepEqual(validity(undefined, at), { fromMs: at.nowMs - minutes(5), toMs: at.nowMs + at.longestMs - minutes(5) })
    assert.equal(validity(60, at).toMs, at.nowMs + minutes(10))
    assert.equal(validity(3600, at).toMs, at.nowMs + minutes(60))
    assert.equal(validity(10 * 86_400, at).toMs, at.nowMs + at.longestMs - minutes(5))
    assert.equal(validity(undefined, { ...at, caEndsMs: at.nowMs + 5 }).toMs, at.nowMs + 5)
  })
})

describe('a request for a certificate', () => {
  const request = (status: CertificateSigningRequest['status'] = {}): CertificateSigningRequest => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { request: '', signerName: '' },
    status,
  })
  const condition = (type: string) => ({ type, status: 'True' as const, lastUpdateTime: '2026-01-01T02:00:00Z' })
  const at = (time: string): number => Date.parse(`2026-01-${time}:00:00Z`)

  it('goes after a day without a verdict, an hour after one, and when its certificate ends', () => {
    assert.equal(endsMs(request(), undefined), at('02T00'))
    assert.equal(endsMs(request({ conditions: [condition('Denied')] }), undefined), at('01T03'))
    assert.equal(endsMs(request({ conditions: [condition('Approved')] }), undefined), Number.POSITIVE_INFINITY)
    assert.equal(endsMs(request({ conditions: [condition('Approved')], certificate: 'x' }), at('09T00')), at('01T03'))
    assert.equal(endsMs(request({ conditions: [condition('Approved')], certificate: 'x' }), at('01T01')), at('01T01'))
  })
})
