import { Endpoints, Pod, Service } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { equal } from '#machinery/equality.ts'
import { selectorFromLabels } from '#machinery/labels.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { endpointChanged, isHeadless } from './decide/endpoints.ts'
import { headlessLabel } from './decide/slices.ts'
import { subsetsOf } from './decide/subsets.ts'
import { servicesOf } from './endpointslice.ts'

const managedBy = 'endpoints.kubernetes.io/managed-by'
const overCapacity = 'endpoints.kubernetes.io/over-capacity'

/** Lists the pods behind each service in the older Endpoints, which have its name. */
export const endpoints: Controller<Service> = {
  name: 'endpoints-controller',
  source: 'endpoint-controller',
  of: Service,
  watches: [
    watch(Pod, { changed: endpointChanged, wakes: servicesOf }),
    watch(Endpoints, {
      *wakes(object) {
        yield keyOf(object)
      },
    }),
  ],
  restMs: 200,

  async reconcile(service, cluster) {
    const { type, selector } = service.spec ?? {}
    if (type === 'ExternalName' || !selector || service.metadata.deletionTimestamp) return
    const pods = cluster.list(Pod, { namespace: service.metadata.namespace, labels: selectorFromLabels(selector) })
    const { subsets, truncated } = subsetsOf(service, pods)
    const labels = {
      ...service.metadata.labels,
      [managedBy]: 'endpoint-controller',
      ...(isHeadless(service) && { [headlessLabel]: '' }),
    }
    const { namespace, name } = keyOf(service)
    const found = cluster.get(Endpoints, { namespace, name })
    const { [overCapacity]: _, ...others } = found?.metadata.annotations ?? {}
    const annotations = { ...others, ...(truncated && { [overCapacity]: 'truncated' }) }
    const some = subsets.length > 0 && { subsets }
    if (!found) {
      await cluster.create(Endpoints, { metadata: { namespace, name, labels, annotations }, ...some })
      return
    }
    const same = equal(
      [found.subsets ?? [], found.metadata.labels, found.metadata.annotations ?? {}],
      [subsets, labels, annotations],
    )
    if (same) return
    const { subsets: _before, ...rest } = found
    await cluster.update(Endpoints, { ...rest, metadata: { ...found.metadata, labels, annotations }, ...some })
  },

  async gone({ namespace, name }, cluster) {
    const left = cluster.get(Endpoints, { namespace, name })
    if (left?.metadata.labels?.[managedBy] !== 'endpoint-controller') return
    try {
      await cluster.delete(Endpoints, left)
    } catch (error) {
      if (!isReason(error, 'Conflict')) throw error
    }
  },
}
