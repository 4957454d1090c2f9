import { PersistentVolume } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, notSupported, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { namedIfSet, oneOfIfSet } from '#resources/checks.ts'
import { age, name, text, wide } from '#resources/columns.ts'
import { accessModesText, validateAccessModes, validateAmount } from './persistentvolumeclaim-validation.ts'
import { validateNodeSelector } from './pod-spec/affinity.ts'
import { validateNoBacksteps } from './pod-spec/paths.ts'
import { validateDriverName } from './pod-spec/volumes.ts'

type Spec = NonNullable<PersistentVolume['spec']>

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
    if (spec.hostPath) spec.hostPath.type ??= ''
    if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default'
  },

  prepare(volume, before) {
    if (!before) volume.status = { phase: 'Pending' }
  },

  *validate({ spec = {} }, before) {
    if (!spec.accessModes?.length) yield required('spec.accessModes')
    yield* validateAccessModes(spec.accessModes, 'spec.accessModes')
    yield* validateCapacity(spec.capacity, 'spec.capacity')
    yield* oneOfIfSet(spec.persistentVolumeReclaimPolicy, 'spec.persistentVolumeReclaimPolicy', ['Delete', 'Recycle', 'Retain'])
    if (spec.nodeAffinity?.required) yield* validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required')
    yield* validateSource(spec, 'spec')
    yield* namedIfSet(spec.storageClassName, 'spec.storageClassName', dns1123Subdomain)
    yield* oneOfIfSet(spec.volumeMode, 'spec.volumeMode', ['Block', 'Filesystem'])
    if (!before) return
    if (!equal(source(spec), source(before.spec ?? {}))) {
      yield forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation\n')
    }
    yield* immutable(spec.volumeMode, before.spec?.volumeMode, 'volumeMode')
  },
})

const source = (spec: Spec): Spec => Object.fromEntries(Object.entries(spec).filter(([field]) => !terms.has(field)))

function* validateCapacity(capacity: Record<string, string> | undefined, path: string): Generator<Cause> {
  const names = Object.keys(capacity ?? {})
  if (names.length === 0) yield required(path)
  if (names.length !== 1 || names[0] !== 'storage') yield notSupported(path, capacity ?? null, ['storage'])
  for (const [resourceName, amount] of Object.entries(capacity ?? {})) yield* validateAmount(amount, `${path}[${resourceName}]`)
}

function* validateSource(spec: Spec, path: string): Generator<Cause> {
  const [first, ...others] = Object.keys(source(spec))
  if (!first) yield required(path, 'must specify a volume type')
  for (const other of others) yield forbidden(`${path}.${other}`, 'may not specify more than 1 volume type')
  if (spec.hostPath) {
    if (!spec.hostPath.path) yield required(`${path}.hostPath.path`)
    yield* validateNoBacksteps(spec.hostPath.path ?? '', `${path}.hostPath.path`)
  }
  if (spec.local) {
    if (!spec.local.path) yield required(`${path}.local.path`)
    yield* validateNoBacksteps(spec.local.path ?? '', `${path}.local.path`)
    if (!spec.nodeAffinity?.required) yield required(`${path}.nodeAffinity`, 'Local volume requires node affinity')
  }
  if (spec.csi) {
    yield* validateDriverName(spec.csi.driver, `${path}.csi.driver`)
    if (!spec.csi.volumeHandle) yield required(`${path}.csi.volumeHandle`)
  }
}
