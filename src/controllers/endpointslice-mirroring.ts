import { Endpoints, Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import { keyOf } from '#api/object.ts'
import { selectorFromLabels } from '#machinery/labels.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { isMirrored, mirrorController, perSubset, planMirror } from './decide/mirrored-slices.ts'
import { managedBy, serviceName } from './decide/slices.ts'

/**
 * Copies the Endpoints that somebody wrote for a Service without a selector into EndpointSlices, which are what is read
 * (upstream: pkg/controller/endpointslicemirroring).
 */
export const endpointSliceMirroring: Controller<Endpoints> = {
  name: 'endpointslicemirroring-controller',
  source: 'endpoint-slice-mirroring-controller',
  of: Endpoints,
  owns: [EndpointSlice],
  watches: [
    watch(Service, {
      changed: (before, after) => (before.spec?.selector === undefined) !== (after.spec?.selector === undefined),
      *wakes(service) {
        yield keyOf(service)
      },
    }),
  ],

  async reconcile(endpoints, cluster) {
    const slices = cluster.list(EndpointSlice, { owner: endpoints }).filter(isOurs)
    const service = cluster.get(Service, keyOf(endpoints))
    if (!isMirrored(endpoints) || !service || service.spec?.selector) {
      await Promise.all(slices.map(slice => cluster.delete(EndpointSlice, slice)))
      return
    }
    const { create, update, remove, invalid, tooMany } = planMirror(endpoints, slices)
    const warn = (reason: string, message: string): void => cluster.events.event(endpoints, 'Warning', reason, message)
    if (invalid > 0) warn('InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)
    if (tooMany > 0)
      warn(
        'TooManyAddressesToMirror',
        `A max of ${perSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${invalid + tooMany} addresses were skipped`,
      )
    await Promise.all([
      ...(endpoints.metadata.deletionTimestamp ? [] : create.map(draft => cluster.create(EndpointSlice, draft))),
      ...update.map(slice => cluster.update(EndpointSlice, slice)),
      ...remove.map(slice => cluster.delete(EndpointSlice, slice)),
    ])
  },

  async gone({ namespace, name }, cluster) {
    const labels = selectorFromLabels({ [serviceName]: name, [managedBy]: mirrorController })
    await Promise.all(cluster.list(EndpointSlice, { namespace, labels }).map(slice => cluster.delete(EndpointSlice, slice)))
  },
}

const isOurs = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[managedBy] === mirrorController
