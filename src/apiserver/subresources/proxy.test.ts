import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { assertRefused, type Loose, pod, startTestServer, type TestServer } from '#apiserver/testing.ts'

const core = '/api/v1/namespaces/default'
const address = Object.values(networkInterfaces())
  .flat()
  .find(each => each?.family === 'IPv4' && !each.internal)?.address

describe('proxy', () => {
  let api: TestServer
  let backend: Server
  let port: number

  /** Tells what it was asked; some paths do something of their own. */
  const serve = async (asked: IncomingMessage, answer: Loose): Promise<void> => {
    if (asked.url === '/away') return answer.writeHead(302, { location: 'https://example.com/x' }).end()
    if (asked.url === '/home') return answer.writeHead(302, { location: `http://${address}:${port}/here?a=b` }).end()
    if (asked.url === '/rooted') return answer.writeHead(301, { location: '/there/' }).end()
    const { method, url, headers } = asked
    const told = { method, url, headers, body: await text(asked) }
    answer.writeHead(url === '/teapot' ? 418 : 200, {
      'content-type': 'application/x-told',
      'set-cookie': ['a=1', 'b=2'],
      'access-control-allow-origin': '*',
      'x-own': 'yes',
    })
    answer.end(JSON.stringify(told))
  }

  before(async function () {
    if (!address) return this.skip()
    backend = createServer((asked, answer) => void serve(asked, answer))
    backend.on('upgrade', (asked, socket) => {
      if (asked.url === '/no') return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    await once(backend.listen(0, address), 'listening')
    port = (backend.address() as AddressInfo).port
    api = await startTestServer()
    await api.admin('POST', `${core}/serviceaccounts`, { metadata: { name: 'default' } })
    await api.admin(
      'POST',
      `${core}/pods`,
      pod('web', { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: port }] }] }),
    )
    await api.admin('PATCH', `${core}/pods/web/status`, { status: { podIP: address, podIPs: [{ ip: address }] } })
    const ports = [{ name: 'http', port: 80, targetPort: port }]
    await api.admin('POST', `${core}/services`, { metadata: { name: 'web' }, spec: { ports } })
    await api.admin('POST', `${core}/services`, { metadata: { name: 'empty' }, spec: { ports } })
    const subsets = [{ addresses: [{ ip: address }], ports: [{ name: 'http', port }] }]
    await api.admin('POST', `${core}/endpoints`, { metadata: { name: 'web' }, subsets })
    await api.admin('POST', '/api/v1/nodes', { metadata: { name: 'n1' } })
    await api.admin('PATCH', '/api/v1/nodes/n1/status', { status: { addresses: [{ type: 'InternalIP', address }] } })
  })
  after(async () => {
    backend?.close()
    await api?.stop()
  })

  it('passes on every method with its body, and answers what the backend says', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'GET' ? undefined : 'some text'
      const { code, body: told } = await api.admin(method, `${core}/pods/web/proxy/some/path?q=1&q=2`, body)
      assert.deepEqual([code, told.method, told.url, told.body], [200, method, '/some/path?q=1&q=2', body ?? ''])
    }
    const head = await api.admin('HEAD', `${core}/pods/web/proxy/`)
    assert.deepEqual([head.code, head.text, head.headers['x-own']], [200, '', 'yes'])
    assert.equal((await api.admin('GET', `${core}/pods/web/proxy/teapot`)).code, 418)
  })

  it('passes on what was sent, but neither who sent it nor what belongs to the connection', async () => {
    const { headers, body } = await api.admin('GET', `${core}/pods/web/proxy/a%20b//c%3F/`, undefined, {
      accept: 'text/html',
      'x-mine': 'yes',
      authorization: 'Basic eA==',
      te: 'trailers',
    })
    assert.equal(body.url, '/a%20b//c%3F/')
    const { host, 'x-mine': mine, accept, authorization, te, 'x-forwarded-for': from, 'x-forwarded-uri': uri } = body.headers
    assert.deepEqual([mine, accept, authorization, te, from], ['yes', 'text/html', undefined, undefined, '127.0.0.1'])
    assert.deepEqual([host, uri], [`127.0.0.1:${api.port}`, `${core}/pods/web/proxy/a%20b//c%3F/`])
    assert.equal(headers['content-type'], 'application/x-told')
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  it('reaches pods, Services and nodes, by name, port and scheme', async () => {
    const paths = [
      'pods/web',
      `pods/web:${port}`,
      `pods/http:web:${port}`,
      'services/web:http',
      'services/web:80',
      'services/http:web:80',
    ]
    for (const path of paths) assert.equal((await api.admin('GET', `${core}/${path}/proxy/x`)).body.url, '/x', path)
    assert.equal((await api.admin('GET', `/api/v1/nodes/n1:${port}/proxy/x`)).body.url, '/x')
  })

  it('leads to the root with a slash', async () => {
    const { code, headers } = await api.admin('GET', `${core}/pods/web/proxy?a=b`)
    assert.deepEqual([code, headers.location], [301, `${core}/pods/web/proxy/?a=b`])
    assert.equal((await api.admin('POST', `${core}/pods/web/proxy`, 'x')).body.url, '/')
  })

  it('leads redirections of the backend to itself through the proxy, and no others', async () => {
    const location = async (path: string): Promise<unknown> =>
      (await api.admin('GET', `${core}/pods/web/proxy/${path}`)).headers.location
    assert.deepEqual(
      [await location('away'), await location('home'), await location('rooted')],
      ['https://example.com/x', `${core}/pods/web/proxy/here?a=b`, `${core}/pods/web/proxy/there/`],
    )
  })

  it('joins connections that are upgraded, and shows the answer where they are not', async () => {
    const upgrade = (path: string): ReturnType<typeof request> =>
      request({ ...api.tls, path: `${core}/pods/web/proxy/${path}`, headers: { connection: 'Upgrade', upgrade: 'echo' } }).end()
    const [answer, socket] = await once(upgrade('yes'), 'upgrade')
    assert.deepEqual([answer.statusCode, answer.headers.upgrade], [101, 'echo'])
    socket.write('hello')
    assert.equal((await once(socket, 'data')).toString(), 'hello')
    socket.destroy()
    const [refused] = await once(upgrade('no'), 'response')
    assert.deepEqual([refused.statusCode, await text(refused)], [403, 'no'])
  })

  it('says what it cannot reach', async () => {
    const refusals: [path: string, code: number, reason: string, message: string | RegExp][] = [
      ['pods/none/proxy/', 404, 'NotFound', 'pods "none" not found'],
      ['pods/ftp:web:1/proxy/', 400, 'BadRequest', 'invalid pod request "ftp:web:1"'],
      [
        'pods/web:1/proxy/',
        503,
        'ServiceUnavailable',
        `error trying to reach service: dial tcp ${address}:1: connect: connection refused`,
      ],
      ['services/a:b:c:d/proxy/', 400, 'BadRequest', 'invalid service request "a:b:c:d"'],
      ['services/web:81/proxy/', 503, 'ServiceUnavailable', 'no service port 81 found for service "web"'],
      ['services/web:other/proxy/', 503, 'ServiceUnavailable', 'no endpoints available for service "web:other"'],
      ['services/empty:http/proxy/', 503, 'ServiceUnavailable', 'no endpoints available for service "empty"'],
      ['pods/web/proxy/?dryRun=All', 400, 'BadRequest', 'dryRun is not supported'],
    ]
    for (const [path, code, reason, message] of refusals)
      assertRefused(await api.admin('GET', `${core}/${path}`), { code, reason, message })
    await api.admin('PATCH', `${core}/pods/web/status`, { status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } })
    const own = await api.admin('GET', `${core}/pods/web/proxy/`)
    assertRefused(own, { code: 400, reason: 'BadRequest', message: 'address not allowed' })
  })

  it('asks for rights by the method, on the name as it stands in the path', async () => {
    assertRefused(await api.nobody('POST', `${core}/pods/web:80/proxy/x`, 'x'), {
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "web:80" is forbidden: User "nobody" cannot create resource "pods/proxy" in API group "" in the namespace "default"',
    })
  })

  it('is the only door with anything behind it', async () => {
    const message = 'the server could not find the requested resource'
    for (const path of ['pods/web/status/x', 'pods/web/log/x'])
      assertRefused(await api.admin('GET', `${core}/${path}`), { code: 404, reason: 'NotFound', message })
    assertRefused(await api.admin('GET', '/api/v1/proxy/nodes/n1'), { code: 404, reason: 'NotFound', message })
  })
})
