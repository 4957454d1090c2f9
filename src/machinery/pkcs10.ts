import { createPublicKey, verify, X509Certificate } from 'node:crypto'

/*
 * Certificates and requests for them as texts. Node reads certificates; requests (PKCS#10, RFC 2986) are three DER values in
 * one, of which only the borders matter here. Each function gives what is wrong, in the words of Go's libraries.
 */

interface Block {
  readonly type: string
  readonly headers: boolean
  readonly bytes: Buffer
}

/** The blocks of a PEM text; what is between them is skipped. */
function blocks(pem: string): Block[] {
  const found = pem.matchAll(/-----BEGIN ([^\n-]*)-----\s*\n([\s\S]*?)-----END \1-----/g)
  return Array.from(found, ([, type, body]) => {
    const headers = /^[^\n:]+: /.test(body!)
    return { type: type!, headers, bytes: Buffer.from(headers ? body!.replace(/^[\s\S]*?\n\s*\n/, '') : body!, 'base64') }
  })
}

/** What is wrong with a request for a certificate, its signature included. */
export function requestProblem(pem: string): string | undefined {
  const [block] = blocks(pem)
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST'
  try {
    const [info, algorithm, signature] = members(block.bytes)
    const [, , publicKey] = members(info!.whole)
    const key = createPublicKey({ key: publicKey!.whole, format: 'der', type: 'spki' })
    const oid = members(algorithm!.whole)[0]!.content.toString('hex')
    if (!Object.hasOwn(digests, oid)) return 'x509: cannot verify signature: algorithm unimplemented'
    // A bit string begins with the number of bits that its last byte does not use.
    const valid = verify(digests[oid], info!.whole, key, signature!.content.subarray(1))
    return valid ? undefined : 'x509: signature verification failed'
  } catch {
    return 'asn1: structure error: malformed certificate request'
  }
}

/** What is wrong with a chain of certificates. */
export function certificatesProblem(pem: string): string | undefined {
  const found = blocks(pem)
  for (const { type, headers, bytes } of found) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (headers) return 'no PEM block headers are permitted'
    try {
      new X509Certificate(bytes)
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return found.length > 0 ? undefined : 'must contain at least one CERTIFICATE PEM block'
}

interface Value {
  /** With its tag and length. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The members of a DER sequence. Throws where there is none. */
function members(bytes: Buffer): Value[] {
  const { content } = valueAt(bytes, 0)
  const found: Value[] = []
  for (let at = 0; at < content.length; ) {
    const value = valueAt(content, at)
    found.push(value)
    at += value.whole.length
  }
  return found
}

function valueAt(bytes: Buffer, start: number): Value {
  const first = bytes.readUInt8(start + 1)
  const size = first < 0x80 ? 0 : first & 0x7f
  const length = size === 0 ? first : bytes.readUIntBE(start + 2, size)
  const begin = start + 2 + size
  if (begin + length > bytes.length) throw new RangeError('truncated')
  return { whole: bytes.subarray(start, begin + length), content: bytes.subarray(begin, begin + length) }
}

/** The digest of each signature algorithm that Go verifies, by the bytes of its object identifier; none where the algorithm has its own. */
const digests: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256', // sha256WithRSAEncryption
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256', // ecdsa-with-SHA256
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null, // Ed25519
}
