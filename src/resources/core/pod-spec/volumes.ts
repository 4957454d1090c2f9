import type { CSIVolumeSource, HostPathVolumeSource, Volume, VolumeSource } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { compare, quantityError } from '#machinery/quantity.ts'
import { each, named, oneOf, oneOfIfSet, requiredEach } from '#resources/checks.ts'
import { validateEphemeral } from '#resources/core/volume/ephemeral.ts'
import { validateDownwardFile, validateKeyToPath, validateMode } from '#resources/core/volume/files.ts'
import { validateInterfaceName, validateIscsi } from '#resources/core/volume/iscsi.ts'
import { type SourceChecks, validateOneSource } from '#resources/core/volume/one-of.ts'
import { validateProjected } from '#resources/core/volume/projected.ts'
import * as remote from '#resources/core/volume/remote.ts'
import { validateNoBacksteps } from './paths.ts'

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

/** Who mounts volumes: a pod, which may have a name, or a template. */
export interface Mounter {
  readonly name?: string | undefined
  readonly isPod: boolean
}

const checks: SourceChecks<VolumeSource> = {
  *emptyDir({ sizeLimit }, path) {
    if (sizeLimit !== undefined && !quantityError(sizeLimit) && compare(sizeLimit, '0') < 0)
      yield forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
  },
  hostPath: validateHostPath,
  gitRepo: remote.validateGitRepo,
  gcePersistentDisk: (disk, path) => remote.validateDisk(disk, 'pdName', path),
  awsElasticBlockStore: (disk, path) => remote.validateDisk(disk, 'volumeID', path),
  *secret({ secretName, defaultMode, items }, path) {
    if (!secretName) yield required(`${path}.secretName`)
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    yield* each(items, `${path}.items`, validateKeyToPath)
  },
  nfs: remote.validateNfs,
  iscsi: (iscsi, path) => validateIscsi(iscsi, false, path),
  glusterfs: remote.validateGlusterfs,
  flocker: remote.validateFlocker,
  persistentVolumeClaim: (claim, path) => requiredEach(claim, path, ['claimName']),
  rbd: (rbd, path) => requiredEach(rbd, path, ['monitors', 'image']),
  cinder: (cinder, path) => remote.validateCinder(cinder, false, path),
  cephfs: (cephfs, path) => requiredEach(cephfs, path, ['monitors']),
  quobyte: remote.validateQuobyte,
  *downwardAPI({ defaultMode, items }, path) {
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    for (const file of items ?? []) yield* validateDownwardFile(file, path)
  },
  fc: remote.validateFc,
  flexVolume: remote.validateFlexVolume,
  *configMap({ name, defaultMode, items }, path) {
    if (!name) yield required(`${path}.name`)
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    yield* each(items, `${path}.items`, validateKeyToPath)
  },
  azureFile: (file, path) => requiredEach(file, path, ['secretName', 'shareName']),
  vsphereVolume: (disk, path) => requiredEach(disk, path, ['volumePath']),
  photonPersistentDisk: (disk, path) => requiredEach(disk, path, ['pdID']),
  portworxVolume: (volume, path) => requiredEach(volume, path, ['volumeID']),
  azureDisk: remote.validateAzureDisk,
  storageos: (volume, path) => remote.validateStorageOs(volume, false, path),
  projected: validateProjected,
  scaleIO: (volume, path) => requiredEach(volume, path, ['gateway', 'system', 'volumeName']),
  csi: validateCsi,
  ephemeral: validateEphemeral,
  image: ({ pullPolicy }, path) => oneOf(pullPolicy, `${path}.pullPolicy`, ['Always', 'IfNotPresent', 'Never']),
}

/** Where upstream's paths are not the names of the fields. */
const oddPaths = {
  checked: { gcePersistentDisk: 'persistentDisk' },
  refused: { cephfs: 'cephFS', downwardAPI: 'downwarAPI' },
}

/**
 * Checks volumes; yields a volume's own problems first, then its name's. Adds those that are well to `valid`, by
 * their names: whoever mounts another one mounts what is not there.
 */
export function* validateVolumes(
  volumes: readonly Volume[] | undefined,
  mounter: Mounter,
  valid: Map<string, Volume>,
  path: string,
): Generator<Cause> {
  const created = new Set(
    mounter.name ? volumes?.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${mounter.name}-${name}`) : [],
  )
  yield* each(volumes, path, function* (volume, at) {
    const causes = [...validateVolume(volume, mounter, valid, at)]
    if (causes.length === 0) valid.set(volume.name, volume)
    yield* causes
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim && created.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume'
      yield invalidValue(`${at}.persistentVolumeClaim.claimName`, claim, detail)
    }
  })
}

function* validateVolume(volume: Volume, mounter: Mounter, valid: ReadonlyMap<string, Volume>, path: string): Generator<Cause> {
  const { name = '', iscsi, ephemeral, image } = volume
  yield* validateOneSource(volume, checks, oddPaths, path)
  if (iscsi) yield* validateInterfaceName(name, iscsi, name, `${path}.name`)
  if (image && mounter.isPod && !image.reference) yield required(`${path}.image.reference`)
  if (ephemeral && mounter.name && name) {
    const claim = `${mounter.name}-${name}`
    const problems = dns1123Subdomain(claim).map(problem => `PVC name "${claim}": ${problem}`)
    yield* invalidEach(`${path}.name`, name, problems)
  }
  yield* named(name, `${path}.name`, dns1123Label)
  if (valid.has(name)) yield duplicate(`${path}.name`, name)
}

/** Checks a file or directory of the node. */
export function* validateHostPath({ path: on, type }: HostPathVolumeSource, path: string): Generator<Cause> {
  if (!on) {
    yield required(`${path}.path`)
    return
  }
  yield* validateNoBacksteps(on, `${path}.path`)
  yield* oneOfIfSet(type, `${path}.type`, hostPathTypes)
}

function* validateCsi({ driver, nodePublishSecretRef: secret }: CSIVolumeSource, path: string): Generator<Cause> {
  yield* validateDriverName(driver, `${path}.driver`)
  if (!secret) return
  if (!secret.name) yield required(`${path}.nodePublishSecretRef.name`)
  // The path is upstream's.
  else yield* invalidEach(`${path}.name`, secret.name, dns1123Subdomain(secret.name))
}

/** Checks the name of a CSI driver, wherever one is named. */
export function* validateDriverName(driver = '', path: string): Generator<Cause> {
  if (!driver) yield required(path)
  if (Buffer.byteLength(driver) > 63) yield tooLong(path, 63)
  yield* invalidEach(path, driver, dns1123Subdomain(driver.toLowerCase()))
}
