import type { Answer } from './transport.ts'

/** The whole body of an answer. */
export async function bytesOf(answer: Answer): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const newline = 0x0a

/**
 * The lines of a stream, each as its bytes without the newline; empty ones are left out, an unfinished
 * last one too. Every byte is looked at once and copied at most once, however the stream is cut into chunks.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = []
  for await (const chunk of body) {
    let start = 0
    for (let end: number; (end = chunk.indexOf(newline, start)) >= 0; start = end + 1) {
      const piece = chunk.subarray(start, end)
      const line = begun.length ? Buffer.concat([...begun, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
      begun = []
      if (line.length) yield line
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
}
