import type {
  AzureDiskVolumeSource,
  CinderPersistentVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1123Label, inRange } from '#machinery/names.ts'
import { named, namedIfSet, oneOfIfSet, requiredEach } from '#resources/checks.ts'
import { validateDescendingPath } from '#resources/core/pod-spec/paths.ts'

/*
 * Volumes on storage systems, most of them of former times: what pods and persistent volumes have in common.
 */

/** A cloud's disk, of which one partition may be meant. */
export function* validateDisk<T extends { partition?: number }>(disk: T, id: keyof T & string, path: string): Generator<Cause> {
  yield* requiredEach(disk, path, [id])
  const { partition = 0 } = disk
  // Upstream says 1, but takes 0, which is no partition in particular.
  if (partition < 0 || partition > 255) yield invalidValue(`${path}.partition`, partition, inRange(0, 1, 255)[0]!)
}

export function* validateGitRepo({ repository, directory = '' }: GitRepoVolumeSource, path: string): Generator<Cause> {
  if (!repository) yield required(`${path}.repository`)
  yield* validateDescendingPath(directory, `${path}.directory`)
}

export function* validateNfs(nfs: NFSVolumeSource, path: string): Generator<Cause> {
  yield* requiredEach(nfs, path, ['server', 'path'])
  if (!nfs.path?.startsWith('/')) yield invalidValue(`${path}.path`, nfs.path ?? '', 'must be an absolute path')
}

export const validateGlusterfs = (glusterfs: GlusterfsVolumeSource, path: string): Iterable<Cause> =>
  requiredEach(glusterfs, path, ['endpoints', 'path'])

export function* validateFlocker({ datasetName = '', datasetUUID }: FlockerVolumeSource, path: string): Generator<Cause> {
  if (!datasetName && !datasetUUID) yield required(path, 'one of datasetName and datasetUUID is required')
  if (datasetName && datasetUUID)
    yield invalidValue(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')
  if (datasetName.includes('/')) yield invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'")
}

export function* validateQuobyte({ registry = '', tenant = '', volume }: QuobyteVolumeSource, path: string): Generator<Cause> {
  const detail = 'must be a host:port pair or multiple pairs separated by commas'
  if (!registry) yield required(`${path}.registry`, detail)
  else if (tenant.length >= 65) yield required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters')
  else {
    for (const pair of registry.split(','))
      if (!/^([^:[\]]*|\[[^[\]]*\]):[^:]*$/.test(pair)) yield invalidValue(`${path}.registry`, registry, detail)
  }
  if (!volume) yield required(`${path}.volume`)
}

export function* validateFc({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, path: string): Generator<Cause> {
  const at = `${path}.targetWWNs`
  if (!targetWWNs.length && !wwids.length) yield required(at, 'must specify either targetWWNs or wwids, but not both')
  if (!targetWWNs.length) return
  if (wwids.length) yield invalidValue(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')
  if (lun === undefined) yield required(`${path}.lun`, 'lun is required if targetWWNs is specified')
  else yield* invalidEach(`${path}.lun`, lun, inRange(lun, 0, 255))
}

export function* validateFlexVolume({ driver, options }: FlexVolumeSource, path: string): Generator<Cause> {
  if (!driver) yield required(`${path}.driver`)
  for (const key of Object.keys(options ?? {})) {
    const domain = `.${key.split('/')[0]!.toLowerCase()}`
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
      yield invalidValue(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')
  }
}

export function* validateAzureDisk(disk: AzureDiskVolumeSource, path: string): Generator<Cause> {
  yield* requiredEach(disk, path, ['diskName', 'diskURI'])
  yield* oneOfIfSet(disk.cachingMode, `${path}.cachingMode`, ['None', 'ReadOnly', 'ReadWrite'])
  yield* oneOfIfSet(disk.kind, `${path}.kind`, ['Dedicated', 'Managed', 'Shared'])
  if (disk.kind === undefined) return
  const { diskURI = '' } = disk
  const [beginning, example] =
    disk.kind === 'Managed'
      ? ['/subscriptions/', '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}']
      : ['https://', 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd']
  if (!diskURI.startsWith(beginning)) yield notSupported(`${path}.diskURI`, diskURI, [example])
}

/** Cinder's volume. The secret of a persistent one lies in a namespace that must be named. */
export function* validateCinder(
  { volumeID, secretRef }: CinderPersistentVolumeSource,
  persistent: boolean,
  path: string,
): Generator<Cause> {
  if (!volumeID) yield required(`${path}.volumeID`)
  yield* validateSecret(secretRef, persistent, `${path}.secretRef`)
}

export function* validateStorageOs(
  { volumeName, volumeNamespace, secretRef }: StorageOSVolumeSource,
  persistent: boolean,
  path: string,
): Generator<Cause> {
  yield* named(volumeName, `${path}.volumeName`, dns1123Label)
  yield* namedIfSet(volumeNamespace, `${path}.volumeNamespace`, dns1123Label)
  yield* validateSecret(secretRef, persistent, `${path}.secretRef`)
}

const validateSecret = (
  secret: { name?: string; namespace?: string } | undefined,
  persistent: boolean,
  path: string,
): Iterable<Cause> => (secret ? requiredEach(secret, path, persistent ? ['name', 'namespace'] : ['name']) : [])
