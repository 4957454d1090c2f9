import { PersistentVolume, PersistentVolumeClaim } from '#api/core/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'

const finalizers: Readonly<Record<string, string>> = {
  PersistentVolume: 'kubernetes.io/pv-protection',
  PersistentVolumeClaim: 'kubernetes.io/pvc-protection',
  VolumeAttributesClass: 'kubernetes.io/vac-protection',
}

/** Storage that is in use does not go: a finalizer holds it until its controller sees that nobody uses it (upstream: StorageObjectInUseProtection). */
export const storageProtection: Admission = {
  name: 'StorageObjectInUseProtection',
  concerns: place =>
    about([PersistentVolume, PersistentVolumeClaim], ['CREATE'])(place) ||
    (place.operation === 'CREATE' && !place.subresource && place.resource.kind.kind === 'VolumeAttributesClass'),

  default({ object, resource }) {
    const finalizer = finalizers[resource.kind.kind]!
    const { metadata } = object!
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
  },
}
