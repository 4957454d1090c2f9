import { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import { keyOf } from '#api/object.ts'
import { type Condition, conditionOf, withCondition } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { holding, mayGo, overlapping } from './decide/service-cidrs.ts'

const finalizer = 'networking.k8s.io/service-cidr-finalizer'

/** How long one that may go stays: until every API server knows, and gives nothing out of it any more. */
const graceMs = 10_000

/** Says of ServiceCIDRs that they are ready, and keeps those that are deleted while a Service has an address of them (upstream: pkg/controller/servicecidrs). */
export const serviceCidrs: Controller<ServiceCIDR> = {
  name: 'service-cidr-controller',
  of: ServiceCIDR,
  watches: [
    watch(ServiceCIDR, { wakes: (range, cluster) => overlapping(range, cluster.list(ServiceCIDR)).map(keyOf) }),
    watch(IPAddress, {
      changed: () => false,
      wakes: (address, cluster) => holding(address, cluster.list(ServiceCIDR)).map(keyOf),
    }),
  ],

  async reconcile(range, cluster) {
    const { metadata } = range
    const finalizers = metadata.finalizers ?? []
    if (!metadata.deletionTimestamp) {
      if (!finalizers.includes(finalizer))
        range = await cluster.update(ServiceCIDR, { ...range, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })
      return putReady(cluster, range, { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' })
    }
    if (!finalizers.includes(finalizer)) return
    if (!mayGo(range, cluster.list(ServiceCIDR), cluster.list(IPAddress))) {
      const message = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR'
      return putReady(cluster, range, { status: 'False', reason: 'Terminating', message })
    }
    const afterMs = Date.parse(metadata.deletionTimestamp) + graceMs - cluster.clock.now().getTime()
    if (afterMs > 0) return { afterMs }
    const left = finalizers.filter(each => each !== finalizer)
    await cluster.update(ServiceCIDR, { ...range, metadata: { ...metadata, finalizers: left } })
  },
}

async function putReady(
  cluster: Cluster,
  range: ServiceCIDR,
  said: Required<Pick<Condition, 'status' | 'reason' | 'message'>>,
): Promise<void> {
  const { conditions } = range.status ?? {}
  const ready = { type: 'Ready', ...said, lastTransitionTime: timestamp(cluster.clock.now()) }
  const wanted = withCondition(conditions, ready)
  if (conditionOf(conditions, 'Ready') === conditionOf(wanted, 'Ready')) return
  await cluster.updateStatus(ServiceCIDR, { ...range, status: { conditions: wanted } })
}
