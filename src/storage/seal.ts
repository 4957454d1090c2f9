import { crc32 } from 'node:zlib'

const sealBytes = 4

/** Bytes with their checksum behind them, as they go to the disk. Their place counts too: bytes in another's place are none. */
export function seal(bytes: Uint8Array, place: string): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + sealBytes)
  sealed.set(bytes)
  sealed.writeUInt32BE(sumOf(bytes, place), bytes.length)
  return sealed
}

/** The bytes again; nothing where they are not those that were sealed. */
export function unseal(sealed: Uint8Array, place: string): Uint8Array | undefined {
  const length = sealed.length - sealBytes
  if (length < 0) return undefined
  const bytes = sealed.subarray(0, length)
  const sum = new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0)
  return sum === sumOf(bytes, place) ? bytes : undefined
}

const sumOf = (bytes: Uint8Array, place: string): number => crc32(bytes, crc32(place))
