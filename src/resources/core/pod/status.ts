import type { ContainerStatus, Pod } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain, qualifiedName } from '#machinery/names.ts'
import { each, namedIfSet } from '#resources/checks.ts'

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])

/** Says what is wrong with what a kubelet or a controller says of a pod. */
export function* validatePodStatus({ spec, status = {} }: Pod, { status: before = {} }: Pod): Generator<Cause> {
  yield* each(status.conditions, 'status.conditions', function* ({ type }, at) {
    if (!systemConditions.has(type)) yield* invalidEach(`${at}.Type`, type ?? '', qualifiedName(type ?? ''))
  })
  if (status.nominatedNodeName !== before.nominatedNodeName) {
    yield* namedIfSet(status.nominatedNodeName, 'status.nominatedNodeName', dns1123Subdomain)
  }
  yield* immutable(status.qosClass, before.qosClass, 'status.qosClass')
  yield* validateStaysEnded(spec, status.containerStatuses, before.containerStatuses, 'status.containerStatuses')
  yield* each(status.podIPs, 'status.podIPs', (entry, at) => invalidEach(at, entry.ip ?? '', ip(entry.ip ?? '')))
  yield* each(status.hostIPs, 'status.hostIPs', (entry, at) => invalidEach(at, entry.ip ?? '', ip(entry.ip ?? '')))
}

/** A container that ended for good does not run again. */
function* validateStaysEnded(
  spec: Pod['spec'],
  statuses: readonly ContainerStatus[] = [],
  before: readonly ContainerStatus[] = [],
  path: string,
): Generator<Cause> {
  for (const [index, { name, state }] of before.entries()) {
    const ended = state?.terminated
    const container = spec.containers.find(candidate => candidate.name === name)
    const policy = container?.restartPolicy ?? spec.restartPolicy
    if (
      !ended ||
      container?.restartPolicyRules?.length ||
      policy === 'Always' ||
      (policy === 'OnFailure' && ended.exitCode !== 0)
    )
      continue
    const now = statuses.find(candidate => candidate.name === name)
    if (now && !now.state?.terminated)
      yield forbidden(`${path}[${index}].state`, 'may not be transitioned to non-terminated state')
  }
}
