import { Node, Pod, Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import { type Key, keyOf } from '#api/object.ts'
import { selectorFromLabels } from '#machinery/labels.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { endpointChanged, hasEndpoint } from './decide/endpoints.ts'
import { planSlices, sliceController } from './decide/service-slices.ts'
import { managedBy } from './decide/slices.ts'

/** How soon to look again for a node that a pod names but nobody has seen yet. */
const lookAgainMs = 1_000

/** Lists the pods behind each service in EndpointSlices. */
export const endpointSlices: Controller<Service> = {
  name: 'endpointslice-controller',
  source: 'endpoint-slice-controller',
  of: Service,
  owns: [EndpointSlice],
  needs: [Node],
  watches: [watch(Pod, { changed: endpointChanged, wakes: servicesOf })],
  restMs: 100,

  async reconcile(service, cluster) {
    const { type, selector } = service.spec ?? {}
    if (type === 'ExternalName' || !selector || service.metadata.deletionTimestamp) return
    const pods = cluster.list(Pod, { namespace: service.metadata.namespace, labels: selectorFromLabels(selector) })
    const slices = cluster.list(EndpointSlice, { owner: service }).filter(isOurs)
    const nodeOf = (name: string): Node | undefined => cluster.get(Node, { namespace: '', name })
    const { create, update, remove } = planSlices(service, pods, slices, nodeOf)
    await Promise.all([
      ...create.map(draft => cluster.create(EndpointSlice, draft)),
      ...update.map(slice => cluster.update(EndpointSlice, slice)),
      ...remove.map(slice => cluster.delete(EndpointSlice, slice)),
    ])
    const lost = pods.some(pod => hasEndpoint(pod, true) && !nodeOf(pod.spec?.nodeName ?? ''))
    if (lost && !service.spec?.publishNotReadyAddresses) return { afterMs: lookAgainMs }
  },
}

const isOurs = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[managedBy] === sliceController

/** The services that have a pod behind them. */
export function* servicesOf(pod: Readonly<Pod>, cluster: Cluster): Generator<Key> {
  for (const service of cluster.list(Service, { namespace: pod.metadata.namespace })) {
    const { selector } = service.spec ?? {}
    if (selector && selectorFromLabels(selector).matches(pod.metadata.labels)) yield keyOf(service)
  }
}
