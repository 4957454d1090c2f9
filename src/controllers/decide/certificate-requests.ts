import type { CertificateSigningRequest, KeyUsage } from '#api/certificates/v1.ts'
import type { Asked } from '#controllers/certificates/request.ts'

/** A signer of kubernetes.io: what is wrong with a request that it is asked to sign; nothing: it signs. */
type Signer = (asked: Asked, usages: readonly KeyUsage[]) => string | undefined

/** The signers of the controller manager (upstream: pkg/controller/certificates/signer). */
export const signers: Readonly<Record<string, Signer>> = {
  'kubernetes.io/kube-apiserver-client': apiServerClient,
  'kubernetes.io/kube-apiserver-client-kubelet': kubeletClient,
  'kubernetes.io/kubelet-serving': kubeletServing,
  'kubernetes.io/legacy-unknown': () => undefined,
}

function apiServerClient(_: Asked, usages: readonly KeyUsage[]): string | undefined {
  const allowed: readonly KeyUsage[] = ['digital signature', 'key encipherment', 'client auth']
  const other = usages.find(usage => !allowed.includes(usage))
  if (other) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

/** What keeps a request from being that of a kubelet for a certificate to come to the API server with. */
export function kubeletClient(asked: Asked, usages: readonly KeyUsage[]): string | undefined {
  if (!isOfNodes(asked)) return 'subject organization is not system:nodes'
  if (asked.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed'
  if (asked.emails.length > 0) return 'Email subjectAltNames are not allowed'
  if (asked.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed'
  if (asked.uris.length > 0) return 'URI subjectAltNames are not allowed'
  if (!asked.commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:'
  return usesAs('client auth', usages)
}

function kubeletServing(asked: Asked, usages: readonly KeyUsage[]): string | undefined {
  if (!isOfNodes(asked)) return 'subject organization is not system:nodes'
  if (asked.dnsNames.length === 0 && asked.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required'
  if (asked.emails.length > 0) return 'Email subjectAltNames are not allowed'
  if (asked.uris.length > 0) return 'URI subjectAltNames are not allowed'
  const misuse = usesAs('server auth', usages)
  if (misuse) return misuse
  return asked.commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:'
}

const isOfNodes = ({ organizations }: Asked): boolean => organizations.length === 1 && organizations[0] === 'system:nodes'

/** Just these usages are asked for; encipherment is for keys of RSA, and may be left out. */
function usesAs(purpose: 'client auth' | 'server auth', usages: readonly KeyUsage[]): string | undefined {
  const all: readonly KeyUsage[] = ['digital signature', 'key encipherment', purpose]
  const isThese = (wanted: readonly KeyUsage[]): boolean =>
    wanted.every(usage => usages.includes(usage)) && usages.every(usage => wanted.includes(usage))
  if (isThese(all) || isThese(all.filter(usage => usage !== 'key encipherment'))) return undefined
  return `usages did not match [${all.toSorted().join(' ')}]`
}

/** Whether a request has a condition. */
export const has = ({ status }: Readonly<CertificateSigningRequest>, type: 'Approved' | 'Denied' | 'Failed'): boolean =>
  (status?.conditions ?? []).some(condition => condition.type === type)

const minuteMs = 60_000
const shortMs = 8 * 60 * minuteMs
const shortestMs = 10 * minuteMs
/** Clocks of a cluster may differ by so much. */
const backdateMs = 5 * minuteMs

/** From when to when a certificate holds that is signed now, in milliseconds since 1970: as long as was asked for, within bounds. */
export function validity(
  expirationSeconds: number | undefined,
  { nowMs, longestMs, caEndsMs }: { nowMs: number; longestMs: number; caEndsMs: number },
): { fromMs: number; toMs: number } {
  const lastsMs =
    expirationSeconds === undefined ? longestMs : Math.min(Math.max(expirationSeconds * 1000, shortestMs), longestMs)
  // Of a short life the backdating would take too much.
  const toMs = nowMs + lastsMs - (lastsMs < shortMs ? 0 : backdateMs)
  return { fromMs: nowMs - backdateMs, toMs: Math.min(toMs, caEndsMs) }
}

const hourMs = 60 * minuteMs

/** When a request is old enough to be taken away, in milliseconds since 1970 (upstream: pkg/controller/certificates/cleaner). */
export function endsMs({ metadata, status }: Readonly<CertificateSigningRequest>, certificateEndsMs: number | undefined): number {
  const conditions = status?.conditions ?? []
  const pending = conditions.length === 0 ? Date.parse(metadata.creationTimestamp ?? '') + 24 * hourMs : undefined
  const judged = conditions.flatMap(({ type, lastUpdateTime }) => {
    const isOver = type === 'Denied' || type === 'Failed' || (type === 'Approved' && status?.certificate)
    return isOver && lastUpdateTime ? [Date.parse(lastUpdateTime) + hourMs] : []
  })
  return Math.min(...judged, pending ?? Number.POSITIVE_INFINITY, certificateEndsMs ?? Number.POSITIVE_INFINITY)
}
