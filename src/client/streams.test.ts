import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Authority } from '#cluster/certificates.ts'
import type { Pair } from '#cluster/pair.ts'
import { realClock } from '#machinery/clock.ts'
import { linesOf } from './body.ts'
import { httpsTransport, type Transport } from './transport.ts'

/** Answers every request with its path, and goes on for ever. */
const answer = (request: { url?: string | undefined }, response: { write(text: string): unknown }): void =>
  void response.write(`${request.url}\n`)

describe('requests that stream', () => {
  let directory: string
  let pair: Pair
  let ca: string
  let server: Server
  let transport: Transport
  let connections: number

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-streams-'))
    const authority = await Authority.open(directory, realClock)
    pair = await authority.pair('server', { commonName: 'server', hosts: ['127.0.0.1'] })
    ca = authority.cert
  })
  after(() => rm(directory, { recursive: true }))

  async function serve(made: Server): Promise<void> {
    connections = 0
    server = made.listen(0, '127.0.0.1')
    server.on('secureConnection', () => connections++)
    await once(server, 'listening')
    transport = httpsTransport({ server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca })
  }
  afterEach(async () => {
    transport.close()
    server.close()
    await once(server, 'close')
  })

  async function firstLine(path: string, signal: AbortSignal): Promise<string> {
    const { status, body } = await transport.send({ method: 'GET', path, stream: true }, signal)
    assert.equal(status, 200)
    const { value } = await linesOf(body).next()
    return String(value)
  }

  const three = ['/a', '/b', '/c']

  it('share one HTTP/2 connection, which goes with the last of them, and the next has a new one', async () => {
    await serve(createSecureServer({ ...pair, allowHTTP1: true }, answer))
    for (const round of [1, 2]) {
      const stop = new AbortController()
      const gone = once(server, 'session').then(([session]) => once(session, 'close'))
      assert.deepEqual(await Promise.all(three.map(path => firstLine(path, stop.signal))), three)
      assert.equal(connections, round)
      stop.abort()
      await gone
    }
  })

  it('have a connection each where the server speaks HTTP/1.1 only', async () => {
    await serve(createHttps(pair, answer))
    const stop = new AbortController()
    assert.deepEqual(await Promise.all(three.map(path => firstLine(path, stop.signal))), three)
    stop.abort()
  })

  it('are refused by a signal that has aborted, and where the certificate is not trusted', async () => {
    await serve(createSecureServer({ ...pair, allowHTTP1: true }, answer))
    await assert.rejects(firstLine('/a', AbortSignal.abort(new Error('no more'))), /no more/)
    const { port } = server.address() as AddressInfo
    const other = httpsTransport({ server: `https://127.0.0.1:${port}`, ca: '' })
    await assert.rejects(other.send({ method: 'GET', path: '/a', stream: true }))
    other.close()
  })
})
