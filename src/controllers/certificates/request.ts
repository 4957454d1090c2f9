import type { Pkcs10CertificateRequest } from '@peculiar/x509'
import type { CertificateSigningRequest } from '#api/certificates/v1.ts'

/** What a request for a certificate asks to be called. */
export interface Asked {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly emails: readonly string[]
  readonly uris: readonly string[]
}

/**
 * A request as X.509 has it, and what it asks for. Read by @peculiar/x509, which is loaded when the first request is met: most
 * clusters never see one. Throws for a request that cannot be read; what is stored has been judged before.
 */
export async function readRequest({ spec }: Readonly<CertificateSigningRequest>): Promise<{
  request: Pkcs10CertificateRequest
  asked: Asked
}> {
  const { namesOf, Pkcs10CertificateRequest } = await import('./x509.ts')
  const request = new Pkcs10CertificateRequest(Buffer.from(spec.request, 'base64').toString())
  const names = namesOf(request)?.names.items ?? []
  const named = (type: string): string[] => names.filter(name => name.type === type).map(({ value }) => value)
  return {
    request,
    asked: {
      commonName: request.subjectName.getField('CN')[0] ?? '',
      organizations: request.subjectName.getField('O'),
      dnsNames: named('dns'),
      ipAddresses: named('ip'),
      emails: named('email'),
      uris: named('url'),
    },
  }
}
