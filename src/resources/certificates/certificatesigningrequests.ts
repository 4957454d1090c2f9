import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import type { Circumstances } from '#apiserver/resource.ts'
import { resource } from '#apiserver/resource.ts'
import { humanDuration, timestamp } from '#machinery/time.ts'
import { pathSegment } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { approvals, validateRequest, validateRequestUpdate } from './validate.ts'

/** Approval and signing are the business of two doors, which leave each other's part of the status alone (upstream: registry/certificates). */
export default resource(CertificateSigningRequest, {
  shortNames: ['csr'],
  status: true,
  resets: { '': ['spec'], status: ['status.conditions'], approval: ['spec', 'status.certificate'] },
  returnsDeleted: false,
  validateName: pathSegment,
  fields: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  columns: [
    name,
    age,
    text('SignerName', ({ spec }) => spec?.signerName || '<none>'),
    text('Requestor', ({ spec }) => spec?.username ?? ''),
    text('RequestedDuration', ({ spec }) =>
      spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    text('Condition', conditionText),
  ],
  subresources: {
    approval: {
      verbs: ['get', 'patch', 'update'],
      put: (current, body) => ({
        ...(body as CertificateSigningRequest),
        spec: current.spec,
        status: { ...current.status, conditions: (body as CertificateSigningRequest).status?.conditions ?? [] },
      }),
      prepare: stampConditions,
      validate: (request, before) => validateRequestUpdate(request, before, 'approval'),
    },
  },

  prepare(request, before, { user }) {
    if (before) {
      request.spec = before.spec
      return
    }
    const { username: _, uid: __, groups: ___, extra: ____, ...asked } = request.spec ?? {}
    request.spec = {
      ...asked,
      username: user.name,
      ...(user.uid && { uid: user.uid }),
      ...(user.groups.length > 0 && { groups: [...user.groups] }),
      ...(user.extra && {
        extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])),
      }),
    } as CertificateSigningRequest['spec']
    request.status = {}
  },

  prepareStatus(request, before, write) {
    keepApprovals(request, before)
    stampConditions(request, before, write)
  },

  validate: (request, before) => (before ? validateRequestUpdate(request, before, 'main') : validateRequest(request)),
  validateStatus: (request, before) => validateRequestUpdate(request, before, 'status'),
})

/** Approvals stay as they were, as long as there are as many of them as before; otherwise validation refuses. */
function keepApprovals({ status }: CertificateSigningRequest, before: CertificateSigningRequest): void {
  for (const type of approvals) {
    const were = (before.status?.conditions ?? []).filter(condition => condition.type === type)
    const now = status?.conditions ?? []
    if (now.filter(condition => condition.type === type).length !== were.length) continue
    status!.conditions = now.map(condition => (condition.type === type ? were.shift()! : condition))
  }
}

/** Says of conditions that do not say it themselves when they came about. */
function stampConditions({ status }: CertificateSigningRequest, before: CertificateSigningRequest, { now }: Circumstances): void {
  for (const condition of status?.conditions ?? []) {
    condition.lastUpdateTime ||= timestamp(now)
    const same = before.status?.conditions?.find(
      ({ type, status: is, lastTransitionTime }) => type === condition.type && is === condition.status && lastTransitionTime,
    )
    condition.lastTransitionTime ||= same?.lastTransitionTime ?? timestamp(now)
  }
}

function conditionText({ status = {} }: CertificateSigningRequest): string {
  const has = (type: string): boolean => (status.conditions ?? []).some(condition => condition.type === type)
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return [verdict, ...(has('Failed') ? ['Failed'] : []), ...(status.certificate ? ['Issued'] : [])].join(',')
}
