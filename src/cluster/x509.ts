import 'reflect-metadata'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Pair, Subject } from './pair.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Clocks of a cluster may differ by so much. */
const skewMs = 300_000

/** Issues a certificate that holds from `now` for `lastsMs`. */
export type Issuer = (subject: Subject, now: Date, lastsMs: number) => Promise<Pair>

/** A certificate that signs itself: the root of a cluster's trust. */
export async function selfSigned(commonName: string, now: Date, lastsMs: number): Promise<Pair> {
  const keys = await generate()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: new Date(now.getTime() + lastsMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      // By it TLS tells apart authorities of one name.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

/** Signs with an authority's key. */
export async function issuer(authority: Pair): Promise<Issuer> {
  const root = new X509Certificate(authority.cert)
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), algorithm, false, ['sign'])
  return async (subject, now, lastsMs) => {
    const keys = await generate()
    const names = answersTo(subject)
    const certificate = await X509CertificateGenerator.create({
      subject: nameOf(subject),
      issuer: root.subject,
      notBefore: new Date(now.getTime() - skewMs),
      notAfter: new Date(now.getTime() + lastsMs),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        await AuthorityKeyIdentifierExtension.create(root),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension(
          names.length > 0 ? [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth] : [ExtendedKeyUsage.clientAuth],
        ),
        ...names,
      ],
    })
    return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
  }
}

/** A request to be certified as somebody, by a new key; both PEM. */
export async function requestFor(subject: Subject): Promise<{ request: string; key: string }> {
  const keys = await generate()
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    signingAlgorithm: algorithm,
    keys,
    extensions: answersTo(subject),
  })
  return { request: request.toString('pem'), key: await pemOf(keys.privateKey) }
}

const nameOf = ({ commonName, organizations = [] }: Subject): JsonName => [
  ...(organizations.length > 0 ? [{ O: [...organizations] }] : []),
  { CN: [commonName] },
]

/** The names and addresses a server answers to, where there are any. */
const answersTo = ({ hosts = [] }: Subject): SubjectAlternativeNameExtension[] =>
  hosts.length > 0
    ? [
        new SubjectAlternativeNameExtension(
          hosts.map(value => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
        ),
      ]
    : []

/** A new EC P-256 private key, PEM. */
export const newKey = async (): Promise<string> => pemOf((await generate()).privateKey)

const generate = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>

const pemOf = async (key: CryptoKey): Promise<string> =>
  PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
