import { PersistentVolumeClaim } from '#api/core/v1.ts'
import { StorageClass } from '#api/storage/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { newestDefault } from './defaults.ts'

/** A claim that names no storage class gets the cluster's default one, if there is one (upstream: DefaultStorageClass). */
export const defaultStorageClass = (reader: Reader): Admission => ({
  name: 'DefaultStorageClass',
  concerns: about([PersistentVolumeClaim], ['CREATE']),

  default({ object }) {
    const { metadata, spec } = object as PersistentVolumeClaim
    if (
      !spec ||
      spec.storageClassName !== undefined ||
      metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined
    )
      return
    const chosen = newestDefault(reader.list(StorageClass), [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ])
    if (chosen) spec.storageClassName = chosen.metadata.name!
  },
})
