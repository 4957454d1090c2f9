import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { configMap, configMaps, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

const mebibyte = Buffer.alloc(1024 * 1024, ' ')
const tooLarge = /"message":"Request entity too large: limit is 3145728","reason":"RequestEntityTooLarge","code":413/

describe('the wire', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', configMaps, configMap('a'))
  })
  afterEach(async () => assert.equal((await api.admin('GET', `${configMaps}/a`)).code, 200, 'the server lives'))
  after(async () => {
    const { items } = (await api.admin('GET', configMaps)).body
    assert.deepEqual(
      items.map(({ metadata }: Loose) => metadata.name),
      ['a'],
      'nothing was stored',
    )
    await api.stop()
  })

  /** Sends bytes as they are; gives all that comes back until the server hangs up. */
  const raw = async (...parts: (string | Buffer)[]): Promise<string> => {
    const socket = connect({ ...api.tls, ALPNProtocols: ['http/1.1'] })
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => {})
    const closed = new Promise(resolve => socket.once('close', resolve))
    for (const part of parts) socket.write(part)
    await closed
    return Buffer.concat(chunks).toString()
  }
  const post = (headers: string): string =>
    `POST ${configMaps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}\r\n`
  const last = 'GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

  describe('in HTTP/1.1', () => {
    it('carries one request after the other', async () => {
      const answers = await raw(last.replace('close', 'keep-alive'), last)
      assert.equal(answers.match(/HTTP\/1\.1 200 OK/g)?.length, 2)
    })

    it('survives a body that is too large, with or without its length, so that the answer can be read', async () => {
      const chunk = Buffer.concat([Buffer.from('100000\r\n'), mebibyte, Buffer.from('\r\n')])
      const chunked = await raw(post('transfer-encoding: chunked\r\n'), chunk, chunk, chunk, chunk, '0\r\n\r\n', last)
      const declared = await raw(post('content-length: 4194304\r\n'), mebibyte, mebibyte, mebibyte, mebibyte, last)
      for (const answers of [chunked, declared]) {
        assert.match(answers, tooLarge)
        assert.match(answers, /HTTP\/1\.1 200 OK[\s\S]*"gitVersion"/)
      }
    })

    it('answers before all of a body that is too large has come', async () => {
      const socket = connect({ ...api.tls, ALPNProtocols: ['http/1.1'] })
      socket.write(post('content-length: 99999999\r\n'))
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 413 /)
      socket.destroy()
    })

    it('asks for a body that waits to be asked for', async () => {
      const answers = await raw(post('expect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n'), '{}')
      assert.match(answers, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 422 /)
    })

    it('refuses bytes that are no HTTP', async () => {
      for (const garbage of [
        'hello\r\n\r\n',
        'GET\r\n\r\n',
        '\x00\x01\x02\x03\r\n\r\n',
        `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
        `${post('transfer-encoding: chunked\r\n')}zz\r\n`,
      ])
        assert.match(await raw(garbage), /^HTTP\/1\.1 4\d\d /)
    })

    it('takes HTTP/1.0, and paths in full', async () => {
      assert.match(await raw('GET /version HTTP/1.0\r\n\r\n'), /200 OK[\s\S]*gitVersion/)
      assert.match(await raw('GET https://x/version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), /^HTTP\/1\.1 404 /)
      assert.match(await raw('OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), /^HTTP\/1\.1 404 /)
      assert.equal(await raw('CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'), '')
    })

    it('answers a request that asks for an upgrade where there is none', async () => {
      const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\n'
      assert.match(await raw(`GET /version HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n`), /^HTTP\/1\.1 200 [\s\S]*gitVersion/)
      assert.match(await raw(post(`${upgrade}content-length: 2\r\n`), '{}'), /^HTTP\/1\.1 400 /)
      assert.match(
        await raw(`GET /api/v1/namespaces/default/pods/none/exec HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n`),
        /^HTTP\/1\.1 404 [\s\S]*pods \\"none\\" not found/,
      )
    })

    it('lives on when a client goes away in the middle of a body', async () => {
      const socket = connect({ ...api.tls, ALPNProtocols: ['http/1.1'] })
      await once(socket, 'secureConnect')
      socket.write(`${post('content-length: 100\r\n')}{"metadata":{"name":"half"}`)
      await new Promise(setImmediate)
      socket.destroy()
      await once(socket, 'close')
    })

    it('takes its time with a slow body', async () => {
      const socket = connect({ ...api.tls, ALPNProtocols: ['http/1.1'] })
      socket.write(post('connection: close\r\ncontent-length: 18\r\n'))
      const answer = once(socket, 'data')
      for (const letter of '{"metadata": {}}  ') {
        socket.write(letter)
        await new Promise(setImmediate)
      }
      assert.match(String((await answer)[0]), /^HTTP\/1\.1 422 /)
      socket.destroy()
    })
  })

  describe('in HTTP/2', () => {
    const exchange = async (headers: Record<string, string>, ...body: Buffer[]): Promise<string> => {
      const session = api.http2()
      const answers: string[] = []
      for (const [sent, parts] of [
        [headers, body],
        [{ ':path': '/version' }, []],
      ] as const) {
        const stream = session.request(sent, { endStream: parts.length === 0 })
        for (const part of parts) stream.write(part)
        stream.end()
        const [[head], text] = await Promise.all([once(stream, 'response'), stream.toArray()])
        answers.push(`${(head as Loose)[':status']} ${Buffer.concat(text)}`)
      }
      session.destroy()
      assert.match(answers[1]!, /^200 .*gitVersion/s, 'the session lives')
      return answers[0]!
    }

    it('survives a body that is too large, with or without its length', async () => {
      const headers = { ':path': configMaps, ':method': 'POST', 'content-type': 'application/json' }
      assert.match(await exchange(headers, ...Array<Buffer>(6).fill(mebibyte)), tooLarge)
      assert.match(await exchange({ ...headers, 'content-length': '6291456' }, ...Array<Buffer>(6).fill(mebibyte)), tooLarge)
    })

    it('refuses as HTTP/1.1 does', async () => {
      assert.match(await exchange({ ':path': '/nothing' }), /^404 404 page not found/)
      assert.match(
        await exchange({ ':path': configMaps, ':method': 'POST' }, Buffer.from('{')),
        /^400 .*unexpected end of JSON input/,
      )
    })

    it('lives on when a client resets a stream in the middle of a body', async () => {
      const session = api.http2()
      const stream = session.request({ ':path': configMaps, ':method': 'POST' }, { endStream: false })
      stream.on('error', () => {})
      stream.write('{"metadata":')
      await new Promise(setImmediate)
      stream.close(8)
      await once(stream, 'close')
      session.destroy()
    })
  })

  it('does not answer those who speak no TLS', async () => {
    const socket = connectPlain(api.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /version HTTP/1.1\r\nhost: x\r\n\r\n')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await new Promise(resolve => socket.once('close', resolve))
    assert.doesNotMatch(Buffer.concat(chunks).toString(), /HTTP/)
  })

  it('ends every connection when the server stops', async () => {
    const other = await startTestServer()
    const socket = connect({ ...other.tls, ALPNProtocols: ['http/1.1'] })
    await once(socket, 'secureConnect')
    socket.on('error', () => {}).resume()
    const session = other.http2()
    session.on('error', () => {})
    await once(session, 'connect')
    const ends = [socket, session].map(each => new Promise<void>(resolve => each.once('close', () => resolve())))
    await other.stop()
    await Promise.all(ends)
  })
})
