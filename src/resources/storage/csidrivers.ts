import { CSIDriver } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate } from '#machinery/causes.ts'
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
    yield* each(spec.tokenRequests, 'spec.tokenRequests', function* ({ audience }, at) {
      if (seen.has(audience)) yield duplicate(`${at}.audience`, audience)
      seen.add(audience)
    })
    for (const mode of spec.volumeLifecycleModes ?? [])
      yield* oneOfIfSet(mode, 'spec.volumeLifecycleModes', ['Ephemeral', 'Persistent'])
    if (!before) return
    // The path is upstream's, though the field is called attachRequired.
    yield* immutable(spec.attachRequired, before.spec.attachRequired, 'spec.attachedRequired')
    yield* immutable(spec.volumeLifecycleModes, before.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes')
  },
})
