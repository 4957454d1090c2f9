import { CSIStorageCapacity } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { name, text } from '#resources/columns.ts'
import { validateNonNegativeQuantity } from '#resources/quantities.ts'

export default resource(CSIStorageCapacity, {
  conditionalUpdate: true,
  columns: [
    name,
    text('StorageClassName', ({ storageClassName }) => storageClassName ?? ''),
    text('Capacity', ({ capacity }) => capacity ?? '<unset>'),
  ],

  *validate({ nodeTopology, storageClassName = '', capacity, maximumVolumeSize }, before) {
    if (nodeTopology) yield* validateSelector(nodeTopology, 'nodeTopology')
    yield* invalidEach('storageClassName', storageClassName, dns1123Subdomain(storageClassName))
    if (capacity !== undefined) yield* validateNonNegativeQuantity(capacity, 'capacity')
    if (maximumVolumeSize !== undefined) yield* validateNonNegativeQuantity(maximumVolumeSize, 'maximumVolumeSize')
    if (!before) return
    yield* immutable(nodeTopology, before.nodeTopology, 'nodeTopology')
    yield* immutable(storageClassName, before.storageClassName ?? '', 'storageClassName')
  },
})
