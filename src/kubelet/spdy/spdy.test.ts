import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SpdyConnection, type SpdyStream } from './connection.ts'
import { dictionary } from './dictionary.ts'
import { dataFrames, type Frame, FrameReader, FrameWriter } from './frames.ts'

const frames = async (bytes: Buffer, cut: number): Promise<Frame[]> => {
  const reader = new FrameReader()
  const found: Frame[] = []
  for (let at = 0; at < bytes.length; at += cut)
    for await (const frame of reader.read(bytes.subarray(at, at + cut))) found.push(frame)
  reader.close()
  return found
}

describe('SPDY/3.1', () => {
  it('has the dictionary of the specification', () => assert.equal(dictionary.length, 1423))

  it('reads what it wrote, however the bytes are cut', async () => {
    const writer = new FrameWriter()
    const sent: Exclude<Frame, { type: 'other' | 'data' }>[] = [
      { type: 'open', stream: 1, headers: { streamtype: 'stdin', port: '80' }, fin: false },
      { type: 'open', stream: 3, headers: { streamtype: 'stdin', port: '80' }, fin: true },
      { type: 'reply', stream: 1, headers: {}, fin: false },
      { type: 'reset', stream: 3, status: 5 },
      { type: 'ping', id: 7 },
      { type: 'goaway', lastStream: 3 },
    ]
    const parts: Buffer[] = []
    for (const frame of sent) parts.push(await writer.write(frame))
    writer.close()
    for (const cut of [1, 7, 4096]) assert.deepEqual(await frames(Buffer.concat(parts), cut), sent)
  })

  it('splits data into frames whose length fits in 24 bits', () => {
    const headers = [...dataFrames(1, Buffer.alloc(0x1000001), true)].filter(part => part.length === 8)
    assert.deepEqual(
      headers.map(each => [each.readUInt32BE(4) & 0xffffff, each[4]]),
      [
        [0xffffff, 0],
        [2, 1],
      ],
    )
  })

  it('refuses what is not SPDY', async () => {
    await assert.rejects(frames(Buffer.of(0x80, 2, 0, 1, 0, 0, 0, 0), 100), /not a SPDY/)
  })

  it('carries streams both ways with their half-closes', async () => {
    const [client, server] = duplexPair()
    const accepted: SpdyStream[] = []
    const connection = new SpdyConnection(server, stream => {
      accepted.push(stream)
      void buffer(stream).then(bytes => stream.end(Buffer.concat([Buffer.from('echo '), bytes])))
    })
    const running = connection.run(new AbortController().signal)
    const writer = new FrameWriter()
    client.write(await writer.write({ type: 'open', stream: 1, headers: { StreamType: 'data' }, fin: false }))
    for (const part of dataFrames(1, Buffer.alloc(3_000_000, 'x'), true)) client.write(part)
    const reader = new FrameReader()
    let received = ''
    for await (const chunk of client as AsyncIterable<Buffer>) {
      let isOver = false
      for await (const frame of reader.read(chunk)) {
        if (frame.type === 'data') received += frame.data.toString()
        isOver ||= frame.type === 'data' && frame.fin
      }
      if (isOver) break
    }
    assert.equal(received.length, 3_000_005)
    assert.equal(accepted[0]?.headers.streamtype, 'data')
    client.destroy()
    await running
    writer.close()
    reader.close()
  })
})
