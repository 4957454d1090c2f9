import { crc32 } from 'node:zlib'
import type { Revision } from './storage.ts'

const sealBytes = 4

/** A value with its checksum behind it, as it goes to the disk. The revision counts too: a value in another's place is none. */
export function seal(value: Uint8Array, revision: Revision): Buffer {
  const sealed = Buffer.allocUnsafe(value.length + sealBytes)
  sealed.set(value)
  sealed.writeUInt32BE(sumOf(value, revision), value.length)
  return sealed
}

/** The value again; nothing where the bytes are not those that were sealed. */
export function unseal(sealed: Uint8Array, revision: Revision): Uint8Array | undefined {
  const length = sealed.length - sealBytes
  if (length < 0) return undefined
  const value = sealed.subarray(0, length)
  const sum = new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0)
  return sum === sumOf(value, revision) ? value : undefined
}

const sumOf = (value: Uint8Array, revision: Revision): number => crc32(value, revision % 2 ** 32)
