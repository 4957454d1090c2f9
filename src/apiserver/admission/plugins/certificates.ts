import type { CertificateSigningRequest } from '#api/certificates/v1.ts'
import { qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { type Admission, type Operation, type Place, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Authority } from '#apiserver/authorization/authority.ts'
import type { User } from '#apiserver/user.ts'
import { equal } from '#machinery/equality.ts'
import { organizationsOf } from './certificate-subject.ts'

const group = 'certificates.k8s.io'

const about =
  (plural: string, operations: readonly Operation[], subresources: readonly string[]) =>
  ({ resource: { kind }, operation, subresource }: Place): boolean =>
    qualified(kind) === `${plural}.${group}` && operations.includes(operation) && subresources.includes(subresource)

/** Whether a user has a right on a signer: by its name, or on all of its domain (upstream: certificates.IsAuthorizedForSignerName). */
async function mayOn(signer: string, verb: string, user: User, { authorize }: Pick<Authority, 'authorize'>): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const asked = {
      verb,
      path: '',
      isResource: true,
      group,
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    }
    if ((await authorize(user, asked)).decision === 'allow') return true
  }
  return false
}

/** Who approves or denies a request for a certificate must have the right to, on its signer (upstream: CertificateApproval). */
export const certificateApproval = (authority: Pick<Authority, 'authorize'>): Admission => ({
  name: 'CertificateApproval',
  concerns: about('certificatesigningrequests', ['UPDATE'], ['approval']),

  async validate(review) {
    const { signerName = '' } = (review.before as CertificateSigningRequest).spec
    if (!(await mayOn(signerName, 'approve', review.user, authority)))
      throw refused(review, `user not permitted to approve requests with signerName "${signerName}"`)
  },
})

/** Who puts a certificate into a request must have the right to sign for its signer (upstream: CertificateSigning). */
export const certificateSigning = (authority: Pick<Authority, 'authorize'>): Admission => ({
  name: 'CertificateSigning',
  concerns: about('certificatesigningrequests', ['UPDATE'], ['status']),

  async validate(review) {
    const [before, after] = [review.before, review.object] as CertificateSigningRequest[]
    const failures = ({ status }: CertificateSigningRequest): object[] =>
      (status?.conditions ?? []).filter(({ type }) => type === 'Failed')
    if (before!.status?.certificate === after!.status?.certificate && equal(failures(before!), failures(after!))) return
    const { signerName = '' } = before!.spec
    if (!(await mayOn(signerName, 'sign', review.user, authority)))
      throw refused(review, `user not permitted to sign requests with signerName "${signerName}"`)
  },
})

/** Nobody gets a client certificate of the group that may do anything (upstream: CertificateSubjectRestriction). */
export const certificateSubjectRestriction: Admission = {
  name: 'CertificateSubjectRestriction',
  concerns: about('certificatesigningrequests', ['CREATE'], ['']),

  async validate(review: Review) {
    const { signerName, request } = (review.object as CertificateSigningRequest).spec
    if (signerName !== 'kubernetes.io/kube-apiserver-client') return
    const organizations = await organizationsOf(request).catch((error: Error) => {
      throw refused(review, `failed to parse CSR: ${error.message}`)
    })
    if (organizations.includes('system:masters'))
      throw refused(review, 'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed')
  },
}

/** Who speaks in the name of a signer must have the right to attest for it (upstream: ClusterTrustBundleAttest). */
export const clusterTrustBundleAttest = (authority: Pick<Authority, 'authorize'>): Admission => ({
  name: 'ClusterTrustBundleAttest',
  concerns: about('clustertrustbundles', ['CREATE', 'UPDATE'], ['']),

  async validate(review) {
    const { signerName = '' } = (review.object as KubeObject & { spec: { signerName?: string } }).spec
    if (!signerName || (await mayOn(signerName, 'attest', review.user, authority))) return
    throw refused(review, `user not permitted to attest for signerName "${signerName}"`)
  },
})
