import assert from 'node:assert/strict'
import { frames } from './frames.ts'

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

describe('Docker’s frames', () => {
  const sent = Buffer.concat([frame(1, 'out'), frame(2, ''), frame(2, 'problem'), frame(1, 'more')])

  for (const size of [1, 3, 8, 11, 1000]) {
    it(`come out as they were written when they arrive in pieces of ${size} bytes`, async () => {
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < sent.length; at += size) yield sent.subarray(at, at + size)
      }
      const said = { stdout: '', stderr: '' }
      for await (const { stream, bytes } of frames(pieces())) said[stream] += Buffer.from(bytes)
      assert.deepEqual(said, { stdout: 'outmore', stderr: 'problem' })
    })
  }
})
