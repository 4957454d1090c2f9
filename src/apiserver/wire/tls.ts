import { X509Certificate } from 'node:crypto'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { ClientCertificate } from '#apiserver/user.ts'

/** What the server shows, and whose signature it takes. PEM texts. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  /** Signs the certificates of clients. */
  readonly clientCa: string
  /** Signs those of front proxies. */
  readonly frontProxyCa?: string
  /** Further certificates, shown to those who ask for one of their names. */
  readonly named?: readonly { readonly names: readonly string[]; readonly cert: string; readonly key: string }[]
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's names, joined by colons; default: Node's. */
  readonly ciphers?: string
}

/** TLS as the server speaks it: who is asked for a certificate is Node's part, whom to believe is ours. */
export const secureContextOf = ({ cert, key, clientCa, frontProxyCa, ...rest }: TlsMaterial): SecureContextOptions => ({
  cert,
  key,
  ca: frontProxyCa ? [clientCa, frontProxyCa] : clientCa,
  minVersion: rest.minVersion ?? 'TLSv1.2',
  ...(rest.ciphers && { ciphers: rest.ciphers }),
})

/** Names the authorities behind a client's certificate, by the SHA-256 of their own. */
export type Authorities = ReadonlyMap<string, readonly ('client' | 'front-proxy')[]>

/** The authorities that clients may come from. */
export function authoritiesOf({ clientCa, frontProxyCa = '' }: TlsMaterial): Authorities {
  const found = new Map<string, ('client' | 'front-proxy')[]>()
  for (const [pem, name] of [
    [clientCa, 'client'],
    [frontProxyCa, 'front-proxy'],
  ] as const)
    for (const [block] of pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)) {
      const { fingerprint256 } = new X509Certificate(block)
      found.set(fingerprint256, [...(found.get(fingerprint256) ?? []), name])
    }
  return found
}

/** The certificate that a client has shown over a connection, if any. */
export function certificateOf(socket: TLSSocket, authorities: Authorities): ClientCertificate | undefined {
  const shown = socket.getPeerCertificate(true)
  if (!shown?.subject) return undefined
  const { CN, O, [userId]: uid } = shown.subject as unknown as Record<string, string | string[] | undefined>
  let root = shown
  while (root.issuerCertificate && root.issuerCertificate !== root) root = root.issuerCertificate
  return {
    commonName: texts(CN)[0] ?? '',
    organizations: texts(O),
    ...(uid && { uid: texts(uid)[0]! }),
    sha256: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    validUntil: Date.parse(shown.valid_to),
    // TLS has followed the chain to its end, and only the end tells whose it is.
    authorities: socket.authorized ? (authorities.get(root.fingerprint256) ?? []) : [],
  }
}

/** The attribute of a subject that says a user's uid (upstream: AllowParsingUserUIDFromCertAuth). */
const userId = '1.3.6.1.4.1.57683.2'

const texts = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat())
