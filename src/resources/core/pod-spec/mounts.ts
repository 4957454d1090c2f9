import type { Container, Volume } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notFound, notSupported, required } from '#machinery/causes.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { validateDescendingPath } from './paths.ts'

type Mount = NonNullable<Container['volumeMounts']>[number]
type Mounts = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>

/** The pod's volumes by name. */
export type VolumesByName = ReadonlyMap<string, Volume>

/** Checks what a container mounts against the volumes of its pod. */
export function* validateMounts(container: Mounts, volumes: VolumesByName, path: string): Generator<Cause> {
  const devices = container.volumeDevices ?? []
  const points = new Set<string>()
  yield* each(container.volumeMounts, `${path}.volumeMounts`, function* (mount, at) {
    if (!mount.name) yield required(`${at}.name`)
    if (!volumes.has(mount.name)) yield notFound(`${at}.name`, mount.name ?? '')
    if (!mount.mountPath) yield required(`${at}.mountPath`)
    if (points.has(mount.mountPath)) yield invalidValue(`${at}.mountPath`, mount.mountPath, 'must be unique')
    points.add(mount.mountPath)
    if (devices.some(device => device.name === mount.name)) {
      yield invalidValue(`${at}.name`, mount.name, 'must not already exist in volumeDevices')
    }
    if (devices.some(device => device.devicePath === mount.mountPath)) {
      yield invalidValue(`${at}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices')
    }
    // Upstream leaves the index out of the path of these four.
    const list = `${path}.volumeMounts`
    if (mount.subPath) yield* validateDescendingPath(mount.subPath, `${list}.subPath`)
    if (mount.subPathExpr && mount.subPath) {
      yield invalidValue(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive')
    }
    if (mount.subPathExpr) yield* validateDescendingPath(mount.subPathExpr, `${list}.subPathExpr`)
    yield* validatePropagation(mount.mountPropagation, container, `${list}.mountPropagation`)
    yield* validateRecursion(mount, `${list}.recursiveReadOnly`)
  })
  yield* validateDevices(container, volumes, path)
}

function* validatePropagation(mode: string | undefined, { securityContext }: Mounts, path: string): Generator<Cause> {
  if (mode === undefined) return
  const supported = ['Bidirectional', 'HostToContainer', 'None']
  if (!supported.includes(mode)) yield notSupported(path, mode, supported)
  if (mode === 'Bidirectional' && !securityContext?.privileged) {
    yield forbidden(path, 'Bidirectional mount propagation is available only to privileged containers')
  }
}

function* validateRecursion({ recursiveReadOnly, readOnly, mountPropagation }: Mount, path: string): Generator<Cause> {
  yield* oneOfIfSet(recursiveReadOnly, path, ['Disabled', 'Enabled', 'IfPossible'])
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return
  if (!readOnly) yield forbidden(path, 'may only be specified when readOnly is true')
  if ((mountPropagation ?? 'None') !== 'None')
    yield forbidden(path, 'may only be specified when mountPropagation is None or not specified')
}

function* validateDevices(container: Mounts, volumes: VolumesByName, path: string): Generator<Cause> {
  const names = new Set<string>()
  const points = new Set<string>()
  yield* each(container.volumeDevices, `${path}.volumeDevices`, function* ({ name, devicePath }, at) {
    const volume = volumes.get(name)
    if (!name) yield required(`${at}.name`)
    if (names.has(name)) yield invalidValue(`${at}.name`, name, 'must be unique')
    if (!volume) yield notFound(`${at}.name`, name ?? '')
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      yield invalidValue(`${at}.name`, name, detail)
    }
    if (!devicePath) yield required(`${at}.devicePath`)
    if (points.has(devicePath)) yield invalidValue(`${at}.devicePath`, devicePath, 'must be unique')
    if (devicePath?.split('/').includes('..'))
      yield invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')")
    else points.add(devicePath)
    if (container.volumeMounts?.some(mount => mount.name === name)) {
      yield invalidValue(`${at}.name`, name, 'must not already exist in volumeMounts')
    }
    if (container.volumeMounts?.some(mount => mount.mountPath === devicePath)) {
      yield invalidValue(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts')
    }
    if (name) names.add(name)
  })
}
