import type { DownwardAPIVolumeFile, PersistentVolumeSource, Volume, VolumeSource } from '#api/core/v1.ts'
import { defaultPersistentVolumeClaimSpec } from '#resources/core/persistentvolumeclaim-defaults.ts'
import { pullPolicyFor } from './image.ts'

/** 0644 */
const readableMode = 420

/** Fills in what a volume leaves out: one without a source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every(key => key === 'name')) volume.emptyDir = {}
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= readableMode
  }
  if (volume.image) volume.image.pullPolicy ||= pullPolicyFor(volume.image.reference ?? '')
  if (volume.ephemeral?.volumeClaimTemplate) {
    defaultPersistentVolumeClaimSpec((volume.ephemeral.volumeClaimTemplate.spec ??= {}))
  }
  for (const file of volume.downwardAPI?.items ?? []) defaultDownwardFile(file)
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
    for (const file of source.downwardAPI?.items ?? []) defaultDownwardFile(file)
  }
  defaultRemoteVolume(volume)
}

function defaultDownwardFile(file: DownwardAPIVolumeFile): void {
  if (file.fieldRef) file.fieldRef.apiVersion ||= 'v1'
}

/** Types of volumes that pods may have by themselves, and that may outlive them. */
type RemoteVolume = Pick<VolumeSource & PersistentVolumeSource, 'hostPath' | 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>

/** Fills in what volumes leave out that outlive pods as well. An empty text counts as missing. */
export function defaultRemoteVolume({ hostPath, iscsi, rbd, azureDisk, scaleIO }: RemoteVolume): void {
  if (hostPath) hostPath.type ??= ''
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (rbd) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
    azureDisk.kind ??= 'Shared'
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}
