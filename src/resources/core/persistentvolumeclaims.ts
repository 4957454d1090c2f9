import { PersistentVolumeClaim } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { defaultPersistentVolumeClaimSpec } from './persistentvolumeclaim-defaults.ts'
import { classAnnotation, validateClaimChange, validateClaimStatus } from './persistentvolumeclaim-update.ts'
import { accessModesText, validateClaimSpec } from './persistentvolumeclaim-validation.ts'
import { warnOfClaim } from './volume/warnings.ts'

type Spec = NonNullable<PersistentVolumeClaim['spec']>

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
    if (claim.spec) prepareDataSources(claim.spec, before)
  },

  *validate(claim, before) {
    yield* validateClaimSpec(claim.spec)
    if (before) yield* validateClaimChange(claim, before)
  },

  *warn({ metadata, spec }) {
    if (metadata.annotations?.[classAnnotation] !== undefined)
      yield `metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`
    yield* warnOfClaim(spec, 'spec')
  },

  validateStatus: validateClaimStatus,
})

/** Clients may say by two fields what a volume begins with, and read both; the older takes claims and snapshots only. */
function prepareDataSources(spec: Spec, before: PersistentVolumeClaim | undefined): void {
  const { dataSource, dataSourceRef } = spec
  const known = before?.spec?.dataSource || before?.spec?.dataSourceRef
  if (dataSource && !dataSourceRef && !known && !isClaimOrSnapshot(dataSource)) delete spec.dataSource
  if (before) return
  if (spec.dataSource && !dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace, ...local } = dataSourceRef
    spec.dataSource = local
  }
}

const isClaimOrSnapshot = ({ apiGroup, kind }: NonNullable<Spec['dataSource']>): boolean =>
  (kind === 'PersistentVolumeClaim' && !apiGroup) || (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
