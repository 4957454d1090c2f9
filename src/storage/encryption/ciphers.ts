import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import nacl from 'tweetnacl'
import { locked, type Provider } from './providers.ts'

/** A key of a configuration. */
export interface Key {
  readonly name: string
  readonly secret: Buffer
}

/** The ways there are, by upstream's names, with the lengths that a key may have. */
export const ciphers: Readonly<Record<string, { readonly keyBytes: readonly number[]; provider(key: Key): Provider }>> = {
  aesgcm: { keyBytes: [16, 24, 32], provider: aesgcm },
  aescbc: { keyBytes: [16, 24, 32], provider: aescbc },
  secretbox: { keyBytes: [32], provider: secretbox },
}

function aesgcm({ name, secret }: Key): Provider {
  const [nonceBytes, tagBytes] = [12, 16]
  const algorithm = `aes-${secret.length * 8}-gcm` as 'aes-256-gcm'
  return {
    prefix: `${locked}aesgcm:v1:${name}:`,
    seal(value, about) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(about))
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, about) {
      const [nonce, body, tag] = cut(sealed, nonceBytes, tagBytes)
      const decipher = createDecipheriv(algorithm, secret, nonce).setAAD(Buffer.from(about)).setAuthTag(tag)
      return Buffer.concat([decipher.update(body), decipher.final()])
    },
  }
}

function aescbc({ name, secret }: Key): Provider {
  const ivBytes = 16
  const algorithm = `aes-${secret.length * 8}-cbc`
  return {
    prefix: `${locked}aescbc:v1:${name}:`,
    seal(value) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv(algorithm, secret, iv)
      return Buffer.concat([iv, cipher.update(value), cipher.final()])
    },
    open(sealed) {
      const [iv, body] = cut(sealed, ivBytes, 0)
      const decipher = createDecipheriv(algorithm, secret, iv)
      return Buffer.concat([decipher.update(body), decipher.final()])
    },
  }
}

/** XSalsa20 and Poly1305, which node:crypto does not have. */
function secretbox({ name, secret }: Key): Provider {
  return {
    prefix: `${locked}secretbox:v1:${name}:`,
    seal(value) {
      const nonce = randomBytes(nacl.secretbox.nonceLength)
      return Buffer.concat([nonce, nacl.secretbox(value, nonce, secret)])
    },
    open(sealed) {
      const [nonce, body] = cut(sealed, nacl.secretbox.nonceLength, 0)
      const value = nacl.secretbox.open(body, nonce, secret)
      if (!value) throw new Error('it was locked with another key, or altered')
      return value
    },
  }
}

/** The first bytes, the last ones, and what is between them. Throws where there are not so many. */
function cut(bytes: Uint8Array, first: number, last: number): [Buffer, Buffer, Buffer] {
  if (bytes.length < first + last) throw new Error('the stored data was shorter than the required size')
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = all.length - last
  return [all.subarray(0, first), all.subarray(first, end), all.subarray(end)]
}
