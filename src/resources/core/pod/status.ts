import type { ContainerStatus, Pod } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue } from '#machinery/causes.ts'
import { ip, parseIp } from '#machinery/ip.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain, qualifiedName } from '#machinery/names.ts'
import { each, namedIfSet } from '#resources/checks.ts'

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])

/** Says what is wrong with what a kubelet or a controller says of a pod. */
export function* validatePodStatus({ spec, status = {} }: Pod, { spec: old, status: before = {} }: Pod): Generator<Cause> {
  yield* each(status.conditions, 'status.conditions', function* ({ type = '', observedGeneration = 0 }, at) {
    if (observedGeneration < 0)
      yield invalidValue(`${at}.observedGeneration`, observedGeneration, 'must be a non-negative integer')
    if (!systemConditions.has(type)) yield* invalidEach(`${at}.Type`, type, qualifiedName(type))
  })
  if (status.nominatedNodeName && status.nominatedNodeName !== before.nominatedNodeName) {
    yield* namedIfSet(status.nominatedNodeName, 'status.nominatedNodeName', dns1123Subdomain)
    if (old.nodeName) yield forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node')
  }
  if ((status.observedGeneration ?? 0) < 0)
    yield invalidValue('status.observedGeneration', status.observedGeneration, 'must be a non-negative integer')
  yield* immutable(status.qosClass, before.qosClass, 'status.qosClass')
  yield* validateStaysEnded(spec, status.containerStatuses, before.containerStatuses, 'status.containerStatuses')
  yield* validateAddresses(status.podIPs, before.podIPs, 'status.podIPs')
  if (!status.hostIPs?.length) return
  const [first] = status.hostIPs
  if ((status.hostIP ?? '') !== (first?.ip ?? ''))
    yield invalidValue('status.hostIPs[0].ip', first?.ip ?? '', 'must be equal to `hostIP`')
  yield* validateAddresses(status.hostIPs, before.hostIPs, 'status.hostIPs')
}

interface Address {
  ip?: string
}

/** Checks addresses, of each family one. Those that stood there before are taken as they are. */
function* validateAddresses(
  addresses: readonly Address[] | undefined,
  before: readonly Address[] | undefined,
  path: string,
): Generator<Cause> {
  const known = new Set(before?.map(address => address.ip))
  yield* each(addresses, path, function* (address, at) {
    if (!known.has(address.ip)) yield* invalidEach(at, address.ip ?? '', ip(address.ip ?? ''))
  })
  const families = new Set(addresses?.map(address => parseIp(address.ip ?? '')?.family))
  if (addresses && addresses.length > families.size) {
    const printed = addresses.map(address => ({ IP: address.ip ?? '' }))
    yield invalidValue(path, printed, 'may specify no more than one IP for each IP family')
  }
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
