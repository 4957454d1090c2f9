import { CSIDriver } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidValue } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { age, boolean, name, text } from '#resources/columns.ts'

export default resource(CSIDriver, {
  returnsDeleted: true,
  conditionalUpdate: true,
  generation: true,
  columns: [
    name,
    boolean('AttachRequired', ({ spec }) => spec.attachRequired ?? true),
    boolean('PodInfoOnMount', ({ spec }) => spec.podInfoOnMount),
    boolean('StorageCapacity', ({ spec }) => spec.storageCapacity),
    text('TokenRequests', ({ spec }) => spec.tokenRequests?.map(request => request.audience).join(',') ?? '<unset>'),
    boolean('RequiresRepublish', ({ spec }) => spec.requiresRepublish),
    text('Modes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>'),
    age,
  ],

  default(driver) {
    const spec = (driver.spec ??= {})
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },

  *validate({ spec }, before) {
    yield* oneOfIfSet(spec.fsGroupPolicy, 'spec.fsGroupPolicy', ['File', 'None', 'ReadWriteOnceWithFSType'])
    const seen = new Set<string>()
    yield* each(spec.tokenRequests, 'spec.tokenRequests', function* ({ audience = '', expirationSeconds: seconds = 3600 }, at) {
      if (seen.has(audience)) {
        yield duplicate(`${at}.audience`, audience)
        return
      }
      seen.add(audience)
      const path = `${at}.expirationSeconds`
      if (seconds < 600) yield invalidValue(path, seconds, 'may not specify a duration less than 10 minutes')
      if (seconds > 2 ** 32) yield invalidValue(path, seconds, 'may not specify a duration larger than 2^32 seconds')
    })
    for (const mode of spec.volumeLifecycleModes ?? [])
      yield* oneOfIfSet(mode, 'spec.volumeLifecycleModes', ['Persistent', 'Ephemeral'])
    const period = spec.nodeAllocatableUpdatePeriodSeconds
    if (period !== undefined && period < 10)
      yield invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds')
    if (!before) return
    // The path is upstream's, though the field is called attachRequired.
    yield* immutable(spec.attachRequired, before.spec.attachRequired, 'spec.attachedRequired')
    yield* immutable(spec.volumeLifecycleModes, before.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes')
  },
})
