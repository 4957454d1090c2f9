import type { DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, notSupported, required, tooLong } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { compare, quantityError } from '#machinery/quantity.ts'
import { each, named } from '#resources/checks.ts'
import { validateClaimSpec } from '#resources/core/persistentvolumeclaim-validation.ts'
import { fileFields, validateFieldRef, validateResourceFieldRef } from './env.ts'
import { validateNoBacksteps, validateReservedPath } from './paths.ts'

type Source = Exclude<keyof Volume, 'name'>
type Checks = { [S in Source]?: (source: NonNullable<Volume[S]>, path: string) => Iterable<Cause> }

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

/** What is checked of each type of volume; those of storage systems that nobody runs any more are taken as they are. */
const checks: Checks = {
  *emptyDir({ sizeLimit }, path) {
    if (sizeLimit !== undefined && !quantityError(sizeLimit) && compare(sizeLimit, '0') < 0) {
      yield forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
    }
  },
  *hostPath({ path: on, type }, path) {
    if (!on) {
      yield required(`${path}.path`)
      return
    }
    yield* validateNoBacksteps(on, `${path}.path`)
    if (type !== undefined && !hostPathTypes.includes(type)) yield notSupported(`${path}.type`, type, hostPathTypes)
  },
  *secret({ secretName, defaultMode, items }, path) {
    if (!secretName) yield required(`${path}.secretName`)
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    yield* each(items, `${path}.items`, validateKeyToPath)
  },
  *configMap({ name, defaultMode, items }, path) {
    if (!name) yield required(`${path}.name`)
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    yield* each(items, `${path}.items`, validateKeyToPath)
  },
  *persistentVolumeClaim({ claimName }, path) {
    if (!claimName) yield required(`${path}.claimName`)
  },
  *nfs({ server, path: on }, path) {
    if (!server) yield required(`${path}.server`)
    if (!on) yield required(`${path}.path`)
    if (!on?.startsWith('/')) yield invalidValue(`${path}.path`, on ?? '', 'must be an absolute path')
  },
  *downwardAPI({ defaultMode, items }, path) {
    yield* validateMode(defaultMode, `${path}.defaultMode`)
    for (const file of items ?? []) yield* validateDownwardFile(file, path)
  },
  *projected(source, path) {
    yield* validateMode(source.defaultMode, `${path}.defaultMode`)
    yield* validateProjections(source, path)
  },
  *csi({ driver, nodePublishSecretRef }, path) {
    yield* validateDriverName(driver, `${path}.driver`)
    if (nodePublishSecretRef) yield* named(nodePublishSecretRef.name, `${path}.nodePublishSecretRef.name`, dns1123Subdomain)
  },
  *ephemeral({ volumeClaimTemplate }, path) {
    if (!volumeClaimTemplate) yield required(`${path}.volumeClaimTemplate`)
    else yield* validateClaimSpec(volumeClaimTemplate.spec, `${path}.volumeClaimTemplate.spec`)
  },
}

/** Checks a pod's volumes; yields a volume's own problems first, then its name's. */
export function* validateVolumes(volumes: readonly Volume[] | undefined, path: string): Generator<Cause> {
  const names = new Set<string>()
  yield* each(volumes, path, function* (volume, at) {
    yield* validateSource(volume, at)
    yield* named(volume.name, `${at}.name`, dns1123Label)
    if (names.has(volume.name)) yield duplicate(`${at}.name`, volume.name)
    names.add(volume.name)
  })
}

function* validateSource(volume: Volume, path: string): Generator<Cause> {
  const [first, ...others] = (Object.keys(volume) as (keyof Volume)[]).filter(
    key => key !== 'name' && volume[key] !== undefined,
  ) as Source[]
  if (!first) yield required(path, 'must specify a volume type')
  else
    yield* (checks[first] as (source: unknown, path: string) => Iterable<Cause> | undefined)?.(
      volume[first],
      `${path}.${first}`,
    ) ?? []
  for (const other of others) yield forbidden(`${path}.${other}`, 'may not specify more than 1 volume type')
}

function* validateMode(mode: number | undefined, path: string): Generator<Cause> {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    yield invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')
  }
}

function* validateKeyToPath(item: KeyToPath, path: string): Generator<Cause> {
  if (!item.key) yield required(`${path}.key`)
  if (!item.path) yield required(`${path}.path`)
  yield* validateReservedPath(item.path ?? '', `${path}.path`)
  yield* validateMode(item.mode, `${path}.mode`)
}

function* validateDownwardFile(file: DownwardAPIVolumeFile, path: string): Generator<Cause> {
  if (!file.path) yield required(`${path}.path`)
  yield* validateReservedPath(file.path ?? '', `${path}.path`)
  if (file.fieldRef) yield* validateFieldRef(file.fieldRef, fileFields, `${path}.fieldRef`)
  else if (file.resourceFieldRef) yield* validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true)
  else yield required(path, 'one of fieldRef and resourceFieldRef is required')
  if (file.fieldRef && file.resourceFieldRef) {
    yield invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')
  }
  yield* validateMode(file.mode, `${path}.mode`)
}

function* validateProjections(projected: ProjectedVolumeSource, path: string): Generator<Cause> {
  const files = new Set<string>()
  function* unique(file: string | undefined, owner: string): Generator<Cause> {
    if (file && files.has(file)) yield invalidValue(path, owner, 'conflicting duplicate paths')
    if (file) files.add(file)
  }
  yield* each(projected.sources, `${path}.sources`, function* (source, at) {
    for (const type of ['secret', 'configMap'] as const) {
      const from = source[type]
      if (!from) continue
      if (!from.name) yield required(`${at}.${type}.name`)
      yield* each(from.items, `${at}.${type}.items`, function* (item, itemAt) {
        yield* validateKeyToPath(item, itemAt)
        yield* unique(item.path, from.name ?? '')
      })
    }
    for (const file of source.downwardAPI?.items ?? []) {
      yield* validateDownwardFile(file, `${at}.downwardAPI`)
      yield* unique(file.path, file.path ?? '')
    }
    const token = source.serviceAccountToken
    if (token) {
      const lifetime = token.expirationSeconds ?? 0
      if (lifetime < 600)
        yield invalidValue(
          `${at}.serviceAccountToken.expirationSeconds`,
          lifetime,
          'may not specify a duration less than 10 minutes',
        )
      if (lifetime > 2 ** 32)
        yield invalidValue(
          `${at}.serviceAccountToken.expirationSeconds`,
          lifetime,
          'may not specify a duration larger than 2^32 seconds',
        )
      if (!token.path) yield required(`${path}.path`)
      else yield* validateReservedPath(token.path, `${path}.path`)
    }
    if (Object.keys(source).length > 1) yield forbidden(at, 'may not specify more than 1 volume type')
  })
}

/** Checks the name of a CSI driver, wherever one is named. */
export function* validateDriverName(driver: string | undefined, path: string): Generator<Cause> {
  if (!driver) {
    yield required(path)
    return
  }
  if (Buffer.byteLength(driver) > 63) yield tooLong(path, 63)
  yield* invalidEach(path, driver, dns1123Subdomain(driver.toLowerCase()))
}
