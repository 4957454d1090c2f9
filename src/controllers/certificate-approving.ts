import { SubjectAccessReview } from '#api/authorization/v1.ts'
import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import type { Controller } from '#reconcile/controller.ts'
import { readRequest } from './certificates/request.ts'
import { has, kubeletClient } from './decide/certificate-requests.ts'

/**
 * Approves what kubelets ask for: a certificate to come with, if whoever asks may have one for its own node (`selfnodeclient`), or
 * for any (`nodeclient`: a node that joins). Everything else waits for a person (upstream: pkg/controller/certificates/approver).
 */
export const certificateApproving: Controller<CertificateSigningRequest> = {
  name: 'certificatesigningrequest-approving-controller',
  of: CertificateSigningRequest,

  async reconcile(object, cluster) {
    const { spec, status } = object
    if (status?.certificate || has(object, 'Approved') || has(object, 'Denied')) return
    if (spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return
    const { asked } = await readRequest(object)
    if (kubeletClient(asked, spec.usages ?? [])) return
    const ways = [
      ...(spec.username === asked.commonName
        ? [
            {
              subresource: 'selfnodeclient',
              message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
            },
          ]
        : []),
      { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
    ]
    for (const { subresource, message } of ways) {
      if (!(await may(subresource, object, cluster))) continue
      const approval = { type: 'Approved', status: 'True' as const, reason: 'AutoApproved', message }
      const approved = { ...object, status: { ...status, conditions: [...(status?.conditions ?? []), approval] } }
      await cluster.client.update(CertificateSigningRequest, approved, { subresource: 'approval' }, cluster.signal)
      return
    }
  },
}

async function may(
  subresource: string,
  { spec }: Readonly<CertificateSigningRequest>,
  { client, signal }: Parameters<Controller['reconcile']>[1],
): Promise<boolean> {
  const { username: user = '', uid, groups, extra } = spec
  const resourceAttributes = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource }
  const review = await client.create(
    SubjectAccessReview,
    { metadata: {}, spec: { user, resourceAttributes, ...(uid && { uid }), ...(groups && { groups }), ...(extra && { extra }) } },
    signal,
  )
  return review.status?.allowed === true
}
