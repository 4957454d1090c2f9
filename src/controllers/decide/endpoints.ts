import type { Pod, Service, ServicePort } from '#api/core/v1.ts'
import type { Endpoint, EndpointPort } from '#api/discovery/v1.ts'
import { type Family, familyOf } from '#machinery/service/addresses.ts'
import { isReady, isTerminal } from './pods.ts'

export const isHeadless = ({ spec }: Service): boolean => !spec?.clusterIP || spec.clusterIP === 'None'

/** The addresses a pod has. */
export const addressesOf = ({ status }: Pod): readonly string[] =>
  status?.podIPs?.length ? status.podIPs.map(({ ip }) => ip) : status?.podIP ? [status.podIP] : []

/** The address families a service is served in. */
export function familiesOf({ spec }: Service): readonly Family[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as Family[]
  if (spec?.clusterIP && spec.clusterIP !== 'None') return [familyOf(spec.clusterIP)]
  return ['IPv4', 'IPv6']
}

/** Whether a pod is reachable under a service at all, be it ready or not. */
export const hasEndpoint = (pod: Pod, evenTerminating: boolean): boolean =>
  !isTerminal(pod) && addressesOf(pod).length > 0 && (evenTerminating || !pod.metadata.deletionTimestamp)

/** The container port that a service port leads to in a pod; undefined where the pod has no port of that name. */
export function targetPort(pod: Pod, { targetPort: target, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof target !== 'string') return target || port
  const sidecars = pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? []
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars])
    for (const each of container.ports ?? [])
      if (each.name === target && (each.protocol ?? 'TCP') === protocol) return each.containerPort
  return undefined
}

/** The hostname under which a pod is found in DNS below a service. */
export const hostnameOf = (pod: Pod, service: Service): string | undefined =>
  pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined

/** The ports of a pod under a service. */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap(each => {
    const port = targetPort(pod, each)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = each
    return [{ name, port, protocol, ...(appProtocol && { appProtocol }) }]
  })
}

/** A pod as an endpoint of a service; undefined where it has no address of that family. */
export function endpointOf(service: Service, pod: Pod, family: Family, zone: string | undefined): Endpoint | undefined {
  const addresses = addressesOf(pod).filter(address => familyOf(address) === family)
  if (addresses.length === 0) return undefined
  const serving = isReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = Boolean(service.spec?.publishNotReadyAddresses) || (serving && !terminating)
  const { namespace, name, uid } = pod.metadata
  const hostname = hostnameOf(pod, service)
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', namespace: namespace!, name: name!, uid: uid! },
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    ...(zone && { zone }),
  }
}

/** Whether a change of a pod can matter to a service that has it. */
export function endpointChanged(before: Pod, after: Pod): boolean {
  return (
    isReady(before) !== isReady(after) ||
    isTerminal(before) !== isTerminal(after) ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.spec?.nodeName !== after.spec?.nodeName ||
    addressesOf(before).join() !== addressesOf(after).join() ||
    JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels)
  )
}
