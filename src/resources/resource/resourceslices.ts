import { ResourceSlice } from '#api/resource/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { timestamp } from '#machinery/time.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'
import { validateCounterSet, validateDevice } from './devices.ts'
import { distinct } from './lists.ts'
import { validatePoolName } from './names.ts'
import { validateSlicePlace } from './places.ts'

const mostDevices = 128
/** Where devices have taints, draw from counters or have lists of values. */
const mostRichDevices = 64
const mostCounterSets = 8

export default resource(ResourceSlice, {
  generation: true,
  fields: { 'spec.nodeName': ({ spec }) => spec?.nodeName ?? '', 'spec.driver': ({ spec }) => spec?.driver ?? '' },
  columns: [
    name,
    text('Node', ({ spec }) => spec?.nodeName ?? ''),
    text('Driver', ({ spec }) => spec?.driver ?? ''),
    text('Pool', ({ spec }) => spec?.pool?.name ?? ''),
    age,
  ],

  prepare({ spec }, _, { now }) {
    for (const { taints } of spec?.devices ?? []) for (const taint of taints ?? []) taint.timeAdded ??= timestamp(now)
  },

  *validate({ spec }, before) {
    const { driver, pool, devices, sharedCounters, perDeviceNodeSelection: perDevice = false } = spec ?? {}
    yield* validateDriverName(driver, 'spec.driver')
    yield* validatePoolName(pool?.name, 'spec.pool.name')
    const { resourceSliceCount = 0, generation = 0 } = pool ?? {}
    if (resourceSliceCount <= 0)
      yield invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')
    if (generation < 0) yield invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero')
    if (before) {
      yield* immutable(pool?.name, before.spec?.pool?.name, 'spec.pool.name')
      yield* immutable(driver, before.spec?.driver, 'spec.driver')
      yield* immutable(spec?.nodeName, before.spec?.nodeName, 'spec.nodeName')
    }
    yield* validateSlicePlace(spec ?? {}, 'spec')
    if (sharedCounters && devices) yield invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed')
    const rich = devices?.some(
      ({ taints, consumesCounters, attributes }) =>
        taints?.length ||
        consumesCounters?.length ||
        Object.values(attributes ?? {}).some(({ bools, ints, strings, versions }) => bools ?? ints ?? strings ?? versions),
    )
    const most = rich ? mostRichDevices : mostDevices
    const check = (device: NonNullable<typeof devices>[number], at: string) => validateDevice(device, at, perDevice)
    yield* distinct(most, devices, 'spec.devices', check, device => device.name)
    yield* distinct(mostCounterSets, sharedCounters, 'spec.sharedCounters', validateCounterSet, set => set.name)
  },
})
