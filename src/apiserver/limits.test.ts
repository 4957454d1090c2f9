import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { startTestServer, type TestServer } from './testing.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'

describe('the limits of a request', () => {
  let api: TestServer
  const sockets: TLSSocket[] = []

  before(async () => {
    api = await startTestServer({
      limits: { requestTimeoutMs: 1500, shortestWatchMs: 1000, goawayChance: 1 },
      seats: { reading: 2, mutating: 1 },
    })
  })
  after(async () => {
    for (const socket of sockets) socket.destroy()
    await api.stop()
  })

  /** Sends the beginning of a request, as the admin; what comes back until the connection is closed. */
  const begin = async (text: string): Promise<{ socket: TLSSocket; said: Promise<string> }> => {
    const socket = connect({ ...api.tls, ALPNProtocols: ['http/1.1'] })
    sockets.push(socket)
    await once(socket, 'secureConnect')
    socket.write(text)
    const said = socket
      .setEncoding('utf8')
      .toArray()
      .then(all => all.join(''))
    return { socket, said }
  }
  const unfinished = `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`

  it('say how long it may take: who sends slowly is answered, and cut off', async () => {
    const { said } = await begin(unfinished)
    const answer = await said
    assert.match(answer, /^HTTP\/1.1 504 /)
    assert.match(answer, /"message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout"/)
  })

  it('are shortened by ?timeout=, which must be one', async () => {
    const { said } = await begin(unfinished.replace(configMaps, `${configMaps}?timeout=50ms`))
    assert.match(await said, /^HTTP\/1.1 504 /)
    const { code, body } = await api.admin('GET', `${configMaps}?timeout=soon`)
    assert.deepEqual([code, body.message], [400, 'invalid timeout specified in the request URL - time: invalid duration "soon"'])
    assert.equal((await api.admin('GET', `${configMaps}?timeout=0s`)).code, 200)
  })

  it('keep the seats of those who are slow for others', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const slow = await begin(unfinished.replace(configMaps, path))
    await new Promise(resolve => setTimeout(resolve, 100))
    const review = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } }
    assert.equal((await api.nobody('POST', path, review)).code, 201)
    slow.socket.destroy()
  })

  it('say how long a watch lasts that does not say so', async () => {
    const watching = await api.watch(`${configMaps}?watch=1&resourceVersion=0`)
    for (let event = await watching.next(); event; event = await watching.next());
    watching.close()
  })

  it('ask who comes over HTTP/2 to come over another connection next', async () => {
    const session = api.http2()
    const goaway = once(session, 'goaway')
    const stream = session.request({ ':path': '/version' })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 200)
    stream.resume()
    await Promise.all([goaway, once(stream, 'end')])
    session.close()
  })

  it('are those of a server that is told to stop: it goes on for a while, and says that it is not ready', async () => {
    const leaving = await startTestServer({ limits: { shutdownDelayMs: 2000 } })
    assert.equal((await leaving.admin('GET', '/readyz')).code, 200)
    const stopped = leaving.stop()
    const { code, text } = await leaving.admin('GET', '/readyz')
    assert.equal(code, 500)
    assert.match(text, /^\[-\]shutdown failed/m)
    for (const path of ['/livez', '/api/v1/namespaces']) assert.equal((await leaving.admin('GET', path)).code, 200)
    await stopped
    await assert.rejects(leaving.admin('GET', '/livez'), ({ code }) => ['ECONNREFUSED', 'ECONNRESET'].includes(code))
  })
})
