// The library's decorators need it, before the library itself.
import 'reflect-metadata'
import { type Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509'

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** The further names that a request asks for. */
export const namesOf = (request: Pkcs10CertificateRequest): SubjectAlternativeNameExtension | undefined =>
  request.extensions.find(extension => extension instanceof SubjectAlternativeNameExtension)
