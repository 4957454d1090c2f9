import assert from 'node:assert/strict'
import { linesOf } from './body.ts'

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function lines(...texts: string[]): Promise<string[]> {
  const found: string[] = []
  for await (const line of linesOf(chunks(...texts))) found.push(line.toString())
  return found
}

describe('the lines of a stream', () => {
  it('are the same however the stream is cut', async () => {
    const text = '{"a":"ä"}\n{"b":2}\n\n{"c":3}\n'
    const bytes = Buffer.from(text)
    for (let size = 1; size < bytes.length; size++) {
      const pieces: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
      const found: string[] = []
      for await (const line of linesOf(
        (async function* () {
          yield* pieces
        })(),
      ))
        found.push(line.toString())
      assert.deepEqual(found, ['{"a":"ä"}', '{"b":2}', '{"c":3}'])
    }
  })

  it('leave out what was not finished', async () => {
    assert.deepEqual(await lines('one\ntw', 'o\nthr'), ['one', 'two'])
  })
})
