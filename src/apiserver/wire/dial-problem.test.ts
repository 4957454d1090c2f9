import assert from 'node:assert/strict'
import { dialProblem } from './dial-problem.ts'

describe('why a backend could not be reached', () => {
  const said = (code: string, more: object = {}): string =>
    dialProblem(Object.assign(new Error('as Node says it'), { code, ...more }), { host: '10.0.0.7', port: 10250 })

  it('is said in the words of Go', () => {
    assert.equal(said('ECONNREFUSED'), 'dial tcp 10.0.0.7:10250: connect: connection refused')
    assert.equal(said('CERT_HAS_EXPIRED'), 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid')
    assert.equal(
      said('ERR_TLS_CERT_ALTNAME_INVALID', { cert: { subjectaltname: 'DNS:n1, IP Address:10.0.0.8' } }),
      'tls: failed to verify certificate: x509: certificate is valid for n1, 10.0.0.8, not 10.0.0.7',
    )
    assert.equal(
      said('ERR_TLS_CERT_ALTNAME_INVALID', { cert: {} }),
      'tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match 10.0.0.7',
    )
    const alert =
      'write EPROTO 40A394:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:rec_layer_s3.c:918'
    assert.equal(said('EPROTO', { message: alert }), 'remote error: tls: handshake failure')
    assert.equal(said('EPIPE'), 'as Node says it')
  })
})
