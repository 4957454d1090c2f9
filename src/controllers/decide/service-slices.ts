import type { Node, Pod, Service } from '#api/core/v1.ts'
import type { EndpointSlice } from '#api/discovery/v1.ts'
import type { Family } from '#machinery/service/addresses.ts'
import { controllerRef } from '#reconcile/owners.ts'
import { endpointOf, familiesOf, hasEndpoint, isHeadless, portsOf } from './endpoints.ts'
import { type Binder, type Changes, fitSlices, Groups, headlessLabel, managedBy, serviceName } from './slices.ts'

export const sliceController = 'endpointslice-controller.k8s.io'
const reserved = new Set([managedBy, serviceName, headlessLabel])
const perSlice = 100

/** What must be written so that a service's slices list its pods. */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  nodeOf: (name: string) => Node | undefined,
): Changes {
  const families = familiesOf(service).map(family => [family, groupsOf(service, pods, family, nodeOf)] as const)
  return fitSlices(binderOf(service), new Map(families), existing)
}

/** Pods of one service may have different ports: named ones may lead to different numbers. */
function groupsOf(service: Service, pods: readonly Pod[], family: Family, nodeOf: (name: string) => Node | undefined): Groups {
  const groups = new Groups()
  for (const pod of pods) {
    if (!hasEndpoint(pod, true)) continue
    const node = nodeOf(pod.spec?.nodeName ?? '')
    if (!node && !service.spec?.publishNotReadyAddresses) continue
    const endpoint = endpointOf(service, pod, family, node?.metadata.labels?.['topology.kubernetes.io/zone'])
    if (endpoint) groups.add(portsOf(service, pod), endpoint)
  }
  return groups
}

const binderOf = (service: Service): Binder => ({
  metadata: {
    generateName: `${service.metadata.name}-`,
    namespace: service.metadata.namespace!,
    labels: labelsOf(service),
    ownerReferences: [controllerRef(service)],
  },
  perSlice,
  keepsEmpty: true,
})

/** A slice has its service's labels, but for those that say what it is. */
function labelsOf(service: Service): Record<string, string> {
  const given = Object.entries(service.metadata.labels ?? {}).filter(([name]) => !reserved.has(name))
  return {
    ...Object.fromEntries(given),
    [managedBy]: sliceController,
    [serviceName]: service.metadata.name!,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
  }
}
