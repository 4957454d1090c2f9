import { PersistentVolume } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidValue } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { accessModesText } from './persistentvolumeclaim-validation.ts'
import { defaultRemoteVolume } from './pod-spec/volume-defaults.ts'
import { validatePersistentVolumeSpec } from './volume/persistent-spec.ts'
import { warnOfPersistentVolume } from './volume/warnings.ts'

type Spec = NonNullable<PersistentVolume['spec']>
type Affinity = Spec['nodeAffinity']

/** Fields of the spec that are not the volume itself. */
const terms = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])

export default resource(PersistentVolume, {
  shortNames: ['pv'],
  status: true,
  returnsDeleted: true,
  fields: { name: ({ metadata }) => metadata.name ?? '' },
  columns: [
    name,
    text('Capacity', ({ spec }) => spec?.capacity?.storage ?? '0'),
    text('Access Modes', ({ spec }) => accessModesText(spec?.accessModes)),
    text('Reclaim Policy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
    text('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    text('Claim', ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '')),
    text(
      'StorageClass',
      ({ metadata, spec }) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    text('Reason', ({ status }) => status?.reason ?? ''),
    age,
    wide(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>')),
  ],

  default(volume) {
    const spec = (volume.spec ??= {})
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    defaultRemoteVolume(spec)
  },

  prepare(volume, before) {
    if (!before) volume.status = { phase: 'Pending' }
  },

  *validate({ metadata, spec = {} }, before) {
    yield* validatePersistentVolumeSpec(spec, metadata.name ?? '', 'spec')
    if (before) yield* validateChange(spec, before.spec ?? {})
  },

  *warn({ spec }) {
    if (spec) yield* warnOfPersistentVolume(spec, 'spec')
  },
})

function* validateChange(spec: Spec, before: Spec): Generator<Cause> {
  if (!equal(source(spec, before), source(before, before))) {
    yield forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation\n')
  }
  // The paths of the next two are upstream's.
  yield* immutable(spec.volumeMode, before.volumeMode, 'volumeMode')
  if (before.nodeAffinity && !equal(current(spec.nodeAffinity, before.nodeAffinity), current(before.nodeAffinity))) {
    const detail = 'field is immutable, except for updating from beta label to GA'
    yield invalidValue('nodeAffinity', spec.nodeAffinity ?? null, detail)
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    yield forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')
}

/** The volume itself. The secret for its growth may be named later. */
function source(spec: Spec, before: Spec): Spec {
  const found: Spec = Object.fromEntries(Object.entries(spec).filter(([field]) => !terms.has(field)))
  if (!found.csi || !before.csi || before.csi.controllerExpandSecretRef) return found
  const { controllerExpandSecretRef, ...csi } = found.csi
  return { ...found, csi }
}

const newNames: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** A choice of nodes in which old names of labels, where they are still allowed, are the new ones. */
const current = (affinity: Affinity, before?: Affinity): object[] | undefined =>
  affinity?.required?.nodeSelectorTerms?.map((term, index) => ({
    ...term,
    matchExpressions: term.matchExpressions?.map((expression, position) => {
      const old = before?.required?.nodeSelectorTerms?.[index]?.matchExpressions?.[position]?.key
      // Who writes the old name where the new one was has changed it.
      return {
        ...expression,
        key: before && old !== expression.key ? expression.key : (newNames[expression.key] ?? expression.key),
      }
    }),
  }))
