import { X509Certificate } from 'node:crypto'
import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import type { Controller } from '#reconcile/controller.ts'
import { endsMs } from './decide/certificate-requests.ts'

/** Takes requests for certificates away that are over: an hour after the verdict, a day without one, or with the certificate itself. */
export const certificateCleaner: Controller<CertificateSigningRequest> = {
  name: 'certificatesigningrequest-cleaner-controller',
  of: CertificateSigningRequest,

  async reconcile(object, cluster) {
    const pem = object.status?.certificate
    const certificateEndsMs = pem && Date.parse(new X509Certificate(Buffer.from(pem, 'base64')).validTo)
    const afterMs = endsMs(object, certificateEndsMs || undefined) - cluster.clock.now().getTime()
    if (afterMs > 0) return Number.isFinite(afterMs) ? { afterMs } : undefined
    await cluster.delete(CertificateSigningRequest, object)
  },
}
