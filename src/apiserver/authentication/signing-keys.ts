import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A key of the service accounts' issuer. */
export interface TokenKey {
  /** Says in a token which key it is signed with: the SHA-256 of its public half, as upstream's are. */
  readonly id: string
  readonly algorithm: string
  readonly publicKey: KeyObject
}

const algorithms: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** The key of a PEM text, private or public. Throws for one that signs no tokens. */
export function tokenKey(pem: string): TokenKey {
  const publicKey = createPublicKey(pem)
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve = '' } = {} } = publicKey
  const algorithm = type === 'rsa' ? 'RS256' : algorithms[namedCurve]
  if (!algorithm) throw new Error(`a key for tokens is RSA or ECDSA (P-256, P-384, P-521), not ${namedCurve || type}`)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm, publicKey }
}

/** Every key of a PEM file. Throws if there is none, or one that is not for tokens. */
export function tokenKeys(pem: string): TokenKey[] {
  const blocks = pem.match(
    /-----BEGIN (?:EC |RSA )?(?:PRIVATE|PUBLIC) KEY-----[^-]*-----END (?:EC |RSA )?(?:PRIVATE|PUBLIC) KEY-----/g,
  )
  if (!blocks) throw new Error('there is no key in PEM form')
  return blocks.map(tokenKey)
}

/** A key as a JSON Web Key Set shows it. */
export const asJwk = ({ id, algorithm, publicKey }: TokenKey): object => ({
  ...publicKey.export({ format: 'jwk' }),
  use: 'sig',
  kid: id,
  alg: algorithm,
})

/** The private half of a PEM text, to sign with. */
export const signingKey = (pem: string): KeyObject => createPrivateKey(pem)
