import type { PersistentVolumeSpec, VolumeNodeAffinity } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, notSupported, required } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { named, namedIfSet, oneOfIfSet } from '#resources/checks.ts'
import { validateAccessModes, validateAmount } from '#resources/core/persistentvolumeclaim-validation.ts'
import { validateNodeSelector } from '#resources/core/pod-spec/affinity.ts'
import { validateInterfaceName } from './iscsi.ts'
import { validateOneSource } from './one-of.ts'
import { persistentChecks, persistentOddPaths } from './persistent.ts'

/** Says what is wrong with a persistent volume of this name. */
export function* validatePersistentVolumeSpec(spec: PersistentVolumeSpec, name: string, path: string): Generator<Cause> {
  if (!spec.accessModes?.length) yield required(`${path}.accessModes`)
  yield* validateAccessModes(spec.accessModes, `${path}.accessModes`)
  yield* validateCapacity(spec.capacity, `${path}.capacity`)
  if (spec.persistentVolumeReclaimPolicy)
    yield* oneOfIfSet(spec.persistentVolumeReclaimPolicy, `${path}.persistentVolumeReclaimPolicy`, [
      'Delete',
      'Recycle',
      'Retain',
    ])
  if (spec.nodeAffinity) yield* validateNodeAffinity(spec.nodeAffinity, `${path}.nodeAffinity`)
  yield* validateSource(spec, name, path)
  if (spec.hostPath && isRoot(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === 'Recycle')
    yield forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'")
  yield* namedIfSet(spec.storageClassName, `${path}.storageClassName`, dns1123Subdomain)
  yield* oneOfIfSet(spec.volumeMode, `${path}.volumeMode`, ['Block', 'Filesystem'])
  yield* validateAttributesClass(spec, path)
}

/** The same of a volume that is written down where it is attached: it is a CSI driver's, and nobody else's. */
export function* validateInlineVolumeSpec(spec: PersistentVolumeSpec, name: string, path: string): Generator<Cause> {
  const detail = 'in the context of inline volumes'
  if (spec.claimRef) yield forbidden(`${path}.claimRef`, `may not be specified ${detail}`)
  if (Object.keys(spec.capacity ?? {}).length) yield forbidden(`${path}.capacity`, `may not be specified ${detail}`)
  if (!spec.csi) yield required(`${path}.csi`, `has to be specified ${detail}`)
  if (!spec.accessModes?.length) yield required(`${path}.accessModes`)
  yield* validateAccessModes(spec.accessModes, `${path}.accessModes`)
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== 'Retain')
    yield forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${detail}`)
  if (spec.nodeAffinity) yield forbidden(`${path}.nodeAffinity`, `may not be specified ${detail}`)
  yield* validateSource(spec, name, path)
  if (spec.storageClassName) yield forbidden(`${path}.storageClassName`, `may not be specified ${detail}`)
  if ((spec.volumeMode ?? 'Filesystem') !== 'Filesystem')
    yield forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${detail}`)
  yield* validateAttributesClass(spec, path)
}

function* validateSource(spec: PersistentVolumeSpec, name: string, path: string): Generator<Cause> {
  yield* validateOneSource(spec, persistentChecks, persistentOddPaths, path)
  if (spec.iscsi) yield* validateInterfaceName(name, spec.iscsi, spec.iscsi.targetPortal ?? '', `${path}.iscsi.targetportal`)
  if (spec.local && !spec.nodeAffinity) yield required(`${path}.nodeAffinity`, 'Local volume requires node affinity')
}

function* validateCapacity(capacity: Record<string, string> | undefined, path: string): Generator<Cause> {
  const names = Object.keys(capacity ?? {})
  if (names.length === 0) yield required(path)
  if (names.length !== 1 || names[0] !== 'storage') yield notSupported(path, capacity ?? null, ['storage'])
  for (const [resourceName, amount] of Object.entries(capacity ?? {})) yield* validateAmount(amount, `${path}[${resourceName}]`)
}

function* validateNodeAffinity({ required: selector }: VolumeNodeAffinity, path: string): Generator<Cause> {
  if (selector) yield* validateNodeSelector(selector, `${path}.required`)
  else yield required(`${path}.required`, 'must specify required node constraints')
}

function* validateAttributesClass({ volumeAttributesClassName, csi }: PersistentVolumeSpec, path: string): Generator<Cause> {
  if (volumeAttributesClassName === undefined) return
  const at = `${path}.volumeAttributesClassName`
  if (!volumeAttributesClassName) yield required(at, 'an empty string is disallowed')
  else yield* named(volumeAttributesClassName, at, dns1123Subdomain)
  if (!csi) yield required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName')
}

const isRoot = (text = ''): boolean => text.startsWith('/') && text.split('/').every(part => part === '' || part === '.')
