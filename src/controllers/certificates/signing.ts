import type { Pkcs10CertificateRequest } from '@peculiar/x509'
import type { KeyUsage } from '#api/certificates/v1.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  namesOf,
  PemConverter,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts'

/** Who signs, PEM, and for how long at most (upstream: --cluster-signing-cert-file, -key-file, -duration). */
export interface SigningAuthority {
  readonly cert: string
  readonly key: string
  readonly longestMs: number
}

/** An authority that can sign. */
export interface Signer {
  /** When its own certificate ends, in milliseconds since 1970. */
  readonly endsMs: number
  /** A certificate in PEM for whoever has sent a request. */
  sign(
    request: Pkcs10CertificateRequest,
    usages: readonly KeyUsage[],
    validity: { fromMs: number; toMs: number },
  ): Promise<string>
}

/** Makes an authority ready to sign. Throws for a key that is none. */
export async function open({ cert, key }: Pick<SigningAuthority, 'cert' | 'key'>): Promise<Signer> {
  const root = new X509Certificate(cert)
  const algorithm = signingAlgorithmOf(root)
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), algorithm, false, ['sign'])
  return {
    endsMs: root.notAfter.getTime(),
    async sign(request, usages, { fromMs, toMs }) {
      const names = namesOf(request)
      const bits = usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0)
      const purposes = usages.flatMap(usage => extendedUsages[usage] ?? [])
      const certificate = await X509CertificateGenerator.create({
        subject: request.subjectName,
        issuer: root.subjectName,
        notBefore: new Date(fromMs),
        notAfter: new Date(toMs),
        signingAlgorithm: algorithm,
        publicKey: request.publicKey,
        signingKey,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          ...(bits > 0 ? [new KeyUsagesExtension(bits, true)] : []),
          ...(purposes.length > 0 ? [new ExtendedKeyUsageExtension(purposes)] : []),
          await AuthorityKeyIdentifierExtension.create(root),
          ...(names ? [names] : []),
        ],
      })
      return `${certificate.toString('pem')}\n`
    },
  }
}

interface SigningAlgorithm extends EcKeyImportParams {
  readonly hash: string
}

function signingAlgorithmOf({ publicKey }: X509Certificate): SigningAlgorithm {
  const { name, namedCurve = '' } = publicKey.algorithm as { name: string; namedCurve?: string }
  const isEc = name === 'ECDSA'
  return { name: isEc ? name : 'RSASSA-PKCS1-v1_5', namedCurve, hash: namedCurve === 'P-384' ? 'SHA-384' : 'SHA-256' }
}

/** The bits of X.509's key usage. */
const keyUsages: Readonly<Partial<Record<KeyUsage, number>>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 2,
  'key encipherment': 4,
  'data encipherment': 8,
  'key agreement': 16,
  'cert sign': 32,
  'crl sign': 64,
  'encipher only': 128,
  'decipher only': 256,
}

/** The object identifiers of X.509's extended key usage. */
const extendedUsages: Readonly<Partial<Record<KeyUsage, string>>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
}
