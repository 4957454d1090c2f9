import 'reflect-metadata'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const made = await Pkcs10CertificateRequestGenerator.create({
  name: 'CN=surface',
  keys,
  signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
})

/** A PKCS#10 request for a certificate, as a CertificateSigningRequest holds it. */
export const signingRequest = Buffer.from(made.toString('pem')).toString('base64')
