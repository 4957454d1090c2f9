import { PersistentVolumeClaim } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { compare } from '#machinery/quantity.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { defaultPersistentVolumeClaimSpec } from './persistentvolumeclaim-defaults.ts'
import { accessModesText, validateClaimSpec } from './persistentvolumeclaim-validation.ts'

type Spec = PersistentVolumeClaim['spec']

/** The older way to name a class. */
const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

export default resource(PersistentVolumeClaim, {
  shortNames: ['pvc'],
  status: true,
  returnsDeleted: true,
  fields: { name: ({ metadata }) => metadata.name ?? '' },
  columns: [
    name,
    text('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    text('Volume', ({ spec }) => spec?.volumeName ?? ''),
    text('Capacity', ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? '0') : '')),
    text('Access Modes', ({ spec, status }) => (spec?.volumeName ? accessModesText(status?.accessModes) : '')),
    text('StorageClass', ({ metadata, spec }) => metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? ''),
    text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    age,
    wide(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>')),
  ],

  default(claim) {
    defaultPersistentVolumeClaimSpec((claim.spec ??= {}))
  },

  prepare(claim, before) {
    if (!before) claim.status = { phase: 'Pending' }
    const { spec } = claim
    // Two names for one field: clients may write either, and read both.
    if (spec?.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
    else if (spec?.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef }
  },

  *validate(claim, before) {
    yield* validateClaimSpec(claim.spec)
    if (!before) return
    const bound = claim.status?.phase === 'Bound'
    if (!equal(essence(claim.spec, bound, before.spec), essence(before.spec, bound, before.spec))) {
      const detail = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n'
      yield forbidden('spec', detail)
    }
    const size = claim.spec?.resources?.requests?.storage ?? '0'
    const sizeBefore = before.spec?.resources?.requests?.storage ?? '0'
    if (compare(size, sizeBefore) < 0 && compare(size, before.status?.capacity?.storage ?? '0') <= 0) {
      yield forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
    }
    yield* immutable(claim.spec?.volumeMode, before.spec?.volumeMode, 'volumeMode')
  },
})

/** What of a claim may not change: a bound one may grow, an unbound one may be given a volume, one without a class gets one. */
function essence(spec: Spec = {}, bound: boolean, before: Spec = {}): Spec {
  const kept = { ...spec }
  if (!before.volumeName) delete kept.volumeName
  if (before.storageClassName === undefined) delete kept.storageClassName
  if (!bound) return kept
  delete kept.volumeAttributesClassName
  if (kept.resources?.requests) {
    const { storage, ...requests } = kept.resources.requests
    kept.resources = { ...kept.resources, requests }
  }
  return kept
}
