import { StorageClass } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, required } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { qualifiedName } from '#machinery/names.ts'
import { oneOf, oneOfIfSet } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export default resource(StorageClass, {
  shortNames: ['sc'],
  returnsDeleted: true,
  columns: [
    {
      ...name,
      value: ({ metadata }) =>
        defaultAnnotations.some(key => metadata.annotations?.[key] === 'true') ? `${metadata.name} (default)` : metadata.name,
    },
    text('Provisioner', ({ provisioner }) => provisioner),
    text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    text('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    age,
  ],

  default(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },

  *validate(storageClass, before) {
    const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode } = storageClass
    if (!provisioner) yield required('provisioner')
    else yield* invalidEach('provisioner', provisioner.toLowerCase(), qualifiedName(provisioner.toLowerCase()))
    for (const key of Object.keys(parameters)) if (!key) yield required('parameters', 'field can not be empty.')
    yield* oneOfIfSet(reclaimPolicy, 'reclaimPolicy', ['Delete', 'Retain'])
    yield* oneOf(volumeBindingMode, 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer'])
    if (!before) return
    yield* immutable(parameters, before.parameters ?? {}, 'parameters')
    for (const field of ['provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) {
      yield* immutable(storageClass[field], before[field], field)
    }
  },
})
