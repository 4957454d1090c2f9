import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { startTestServer, type TestServer } from '#apiserver/testing.ts'

const asProtocol = (token: string): string => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`

describe('a bearer token among the subprotocols of a WebSocket', () => {
  let api: TestServer
  before(async () => {
    const tokens = new Map([['s3cret?', { name: 'root', groups: ['system:masters'] }]])
    api = await startTestServer({ authentication: { tokens } })
  })
  after(() => api.stop())

  const open = (protocols: string[]): WebSocket => {
    const { host, port, ca } = api.tls
    return new WebSocket(`wss://${host}:${port}/api/v1/configmaps?watch=1`, protocols, { ca })
  }

  it('says who asks, and is no protocol to answer with', async () => {
    const ws = open([asProtocol('s3cret?'), 'binary.k8s.io'])
    await once(ws, 'open')
    assert.equal(ws.protocol, 'binary.k8s.io')
    ws.terminate()
  })

  it('is refused if it is wrong, broken, empty of company or one of several', async () => {
    const good = asProtocol('s3cret?')
    for (const protocols of [[asProtocol('other'), 'x'], [`${good}+`, 'x'], [good], [good, asProtocol('s'), 'x']])
      await assert.rejects(once(open(protocols), 'open'), /Unexpected server response: 401/, protocols.join())
    await assert.rejects(once(open([asProtocol(''), 'x']), 'open'), /Unexpected server response: 403/)
  })
})
