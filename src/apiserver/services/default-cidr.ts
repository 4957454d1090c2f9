import { apiVersion } from '#api/kind.ts'
import { ServiceCIDR } from '#api/networking/v1.ts'
import { notFound } from '#api/status.ts'
import { ensure, ownAttempt, putStatus } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { clone } from '#machinery/clone.ts'
import { equal } from '#machinery/equality.ts'
import { timestamp } from '#machinery/time.ts'
import type { Warn } from './warnings.ts'

const key = { namespace: '', name: 'kubernetes' }

/**
 * Makes the ServiceCIDR that every cluster has, of the ranges that the API server was told; the second may come later (upstream:
 * controlplane/controller/defaultservicecidr). One that says otherwise stays as it is, and its creator is warned.
 */
export async function ensureDefaultCidr(reader: Reader, cidrs: readonly string[], warn: Warn, clock: Clock): Promise<void> {
  await ensure(reader, ServiceCIDR, {
    kind: ServiceCIDR.kind,
    apiVersion: apiVersion(ServiceCIDR),
    metadata: { name: key.name },
    spec: { cidrs: [...cidrs] },
  } as ServiceCIDR)
  const range = await reader.live(ServiceCIDR, key)
  if (!range || range.metadata.deletionTimestamp) return
  const stored = range.spec?.cidrs ?? []
  if (stored.length === 1 && cidrs.length === 2 && stored[0] === cidrs[0]) {
    await reader.store(ServiceCIDR).change(key, ownAttempt, current => {
      if (!current) throw notFound(ServiceCIDR, key.name)
      return { ...clone(current as ServiceCIDR), spec: { cidrs: [...cidrs] } }
    })
  } else if (!equal(stored, cidrs)) {
    const lists = [stored, cidrs].map(list => `[${list.join(' ')}]`)
    const message = `The default ServiceCIDR ${lists[0]} does not match the controller flag configurations ${lists[1]}`
    return warn(range, 'KubernetesDefaultServiceCIDRInconsistent', message)
  }
  if (range.status?.conditions?.some(({ type, status }) => type === 'Ready' && status !== 'Unknown')) return
  const message = 'Kubernetes default Service CIDR is ready'
  const ready = { type: 'Ready', status: 'True', reason: '', message, lastTransitionTime: timestamp(clock.now()) }
  await putStatus(reader, ServiceCIDR, range, { conditions: [ready] })
}
