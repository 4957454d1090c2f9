import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import type { Stream } from '#apiserver/request/request.ts'
import { room } from './room.ts'
import { bodyOverWebSocket } from './web-socket.ts'

describe('a body over a WebSocket', () => {
  let server: Server
  let body: Stream
  let finished: Promise<void>
  before(async () => {
    server = createServer().listen(0, '127.0.0.1')
    server.on('upgrade', async (raw, socket, head) => {
      const finish = Promise.withResolvers<void>()
      finished = finish.promise
      const told: Stream = async out => body(out).finally(finish.resolve)
      const answer = await bodyOverWebSocket({ raw, headers: raw.headers, upgrade: { socket, head } }, async () => ({
        body: told,
      }))
      if (answer) socket.end(`HTTP/1.1 ${answer.code} x\r\n\r\n`)
    })
    await once(server, 'listening')
  })
  after(() => server.close())

  const open = (...protocols: string[]): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, protocols)
  const read = async (ws: WebSocket): Promise<readonly (Buffer | string)[]> => {
    const messages: (Buffer | string)[] = []
    ws.on('message', (data: Buffer, isBinary) => messages.push(isBinary ? data : data.toString()))
    await once(ws, 'close')
    return messages
  }

  it('begins with an empty message, and has one for each piece', async () => {
    body = async out => {
      out.write('one\n')
      out.write('two\n')
    }
    for (const protocols of [[], ['binary.k8s.io'], ['other', 'binary.k8s.io']]) {
      const ws = open(...protocols)
      assert.deepEqual(
        await read(ws),
        ['', 'one\n', 'two\n'].map(text => Buffer.from(text)),
      )
      assert.equal(ws.protocol, protocols.at(-1) ?? '')
    }
  })

  it('is base64 for who wants text', async () => {
    body = async out => void out.write('one\n')
    assert.deepEqual(await read(open('base64.binary.k8s.io')), ['', 'b25lCg=='])
  })

  it('is refused to who speaks nothing that is known', async () => {
    await assert.rejects(once(open('channel.k8s.io'), 'open'), /Unexpected server response: 403/)
  })

  it('does not hold up what is written to somebody who has gone', async () => {
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>()
    body = async out => {
      await gone
      for (let n = 0; n < 100; n++) if (!out.write(Buffer.alloc(65_536))) await room(out, new AbortController().signal)
    }
    const ws = open()
    await once(ws, 'open')
    ws.terminate()
    await once(ws, 'close')
    leave()
    await finished
  })
})
