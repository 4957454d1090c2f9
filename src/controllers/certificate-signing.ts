import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import type { Controller } from '#reconcile/controller.ts'
import { readRequest } from './certificates/request.ts'
import type { SigningAuthority } from './certificates/signing.ts'
import { has, signers, validity } from './decide/certificate-requests.ts'

/** Signs what is approved, for the signers of kubernetes.io; says what is wrong with what none of them would sign (upstream: pkg/controller/certificates/signer). */
export const certificateSigning = (authority: SigningAuthority): Controller<CertificateSigningRequest> => ({
  name: 'certificatesigningrequest-signing-controller',
  of: CertificateSigningRequest,

  async reconcile(object, cluster) {
    const { spec, status } = object
    if (status?.certificate || !has(object, 'Approved') || has(object, 'Denied') || has(object, 'Failed')) return
    const refuses = signers[spec.signerName]
    if (!refuses) return
    const { request, asked } = await readRequest(object)
    const usages = spec.usages ?? []
    const message = refuses(asked, usages)
    if (message) {
      const failed = { type: 'Failed', status: 'True' as const, reason: 'SignerValidationFailure', message }
      await cluster.updateStatus(CertificateSigningRequest, {
        ...object,
        status: { ...status, conditions: [...(status?.conditions ?? []), failed] },
      })
      return
    }
    const { open } = await import('./certificates/signing.ts')
    const signer = await open(authority)
    const nowMs = cluster.clock.now().getTime()
    const longestMs = authority.longestMs
    const pem = await signer.sign(
      request,
      usages,
      validity(spec.expirationSeconds, { nowMs, longestMs, caEndsMs: signer.endsMs }),
    )
    const certificate = Buffer.from(pem).toString('base64')
    await cluster.updateStatus(CertificateSigningRequest, { ...object, status: { ...status, certificate } })
  },
})
