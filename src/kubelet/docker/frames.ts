import type { Output } from '#kubelet/runtime.ts'

const headerBytes = 8

/**
 * Takes apart what Docker sends for containers without a terminal: frames of a header (stream, three zeros, length as a big-endian
 * word) and so many bytes. Frames come in the order they were written, and in pieces as they arrive: nothing is gathered.
 */
export async function* frames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Output> {
  let header: Uint8Array = new Uint8Array()
  let left = 0
  for await (let bytes of source) {
    while (bytes.length > 0) {
      if (left === 0) {
        const missing = headerBytes - header.length
        header = Buffer.concat([header, bytes.subarray(0, missing)])
        bytes = bytes.subarray(missing)
        if (header.length < headerBytes) break
        left = Buffer.from(header).readUInt32BE(4)
      } else {
        const piece = bytes.subarray(0, left)
        bytes = bytes.subarray(piece.length)
        left -= piece.length
        yield { stream: header[0] === 2 ? 'stderr' : 'stdout', bytes: piece }
      }
      if (left === 0 && header.length === headerBytes) header = new Uint8Array()
    }
  }
}

/** What a terminal shows: one stream, as it comes. */
export async function* raw(source: AsyncIterable<Uint8Array>): AsyncGenerator<Output> {
  for await (const bytes of source) yield { stream: 'stdout', bytes }
}
