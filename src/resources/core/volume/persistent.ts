import type { CSIPersistentVolumeSource, PersistentVolumeSource, SecretReference } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { named, requiredEach } from '#resources/checks.ts'
import { validateNoBacksteps } from '#resources/core/pod-spec/paths.ts'
import { validateDriverName, validateHostPath } from '#resources/core/pod-spec/volumes.ts'
import { validateIscsi } from './iscsi.ts'
import type { SourceChecks } from './one-of.ts'
import * as remote from './remote.ts'

/** What is checked of each type of persistent volume, in upstream's order. */
export const persistentChecks: SourceChecks<PersistentVolumeSource> = {
  hostPath: validateHostPath,
  gcePersistentDisk: (disk, path) => remote.validateDisk(disk, 'pdName', path),
  awsElasticBlockStore: (disk, path) => remote.validateDisk(disk, 'volumeID', path),
  *glusterfs(source, path) {
    yield* remote.validateGlusterfs(source, path)
    const { endpointsNamespace: namespace } = source
    const at = `${path}.endpointsNamespace`
    if (namespace === '') yield invalidValue(at, '', 'if the endpointnamespace is set, it must be a valid namespace name')
    else if (namespace !== undefined) yield* invalidEach(at, namespace, dns1123Label(namespace))
  },
  flocker: remote.validateFlocker,
  nfs: remote.validateNfs,
  rbd: (rbd, path) => requiredEach(rbd, path, ['monitors', 'image']),
  quobyte: remote.validateQuobyte,
  cephfs: (cephfs, path) => requiredEach(cephfs, path, ['monitors']),
  iscsi: (iscsi, path) => validateIscsi(iscsi, true, path),
  cinder: (cinder, path) => remote.validateCinder(cinder, true, path),
  fc: remote.validateFc,
  flexVolume: remote.validateFlexVolume,
  *azureFile(file, path) {
    yield* requiredEach(file, path, ['secretName', 'shareName'])
    if (file.secretNamespace === '') yield required(`${path}.secretNamespace`)
  },
  vsphereVolume: (disk, path) => requiredEach(disk, path, ['volumePath']),
  photonPersistentDisk: (disk, path) => requiredEach(disk, path, ['pdID']),
  portworxVolume: (volume, path) => requiredEach(volume, path, ['volumeID']),
  azureDisk: remote.validateAzureDisk,
  scaleIO: (volume, path) => requiredEach(volume, path, ['gateway', 'system', 'volumeName']),
  *local({ path: on }, path) {
    if (!on) yield required(`${path}.path`)
    else yield* validateNoBacksteps(on, `${path}.path`)
  },
  storageos: (volume, path) => remote.validateStorageOs(volume, true, path),
  csi: validateCsi,
}

/** Where upstream's paths are not the names of the fields. */
export const persistentOddPaths = {
  checked: { gcePersistentDisk: 'persistentDisk' },
  refused: { cephfs: 'cephFS' },
}

const secrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const satisfies readonly (keyof CSIPersistentVolumeSource)[]

function* validateCsi(csi: CSIPersistentVolumeSource, path: string): Generator<Cause> {
  yield* validateDriverName(csi.driver, `${path}.driver`)
  if (!csi.volumeHandle) yield required(`${path}.volumeHandle`)
  for (const field of secrets) if (csi[field]) yield* validateSecret(csi[field], `${path}.${field}`)
}

function* validateSecret({ name, namespace }: SecretReference, path: string): Generator<Cause> {
  yield* named(name, `${path}.name`, dns1123Subdomain)
  yield* named(namespace, `${path}.namespace`, dns1123Label)
}
