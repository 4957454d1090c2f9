import { PersistentVolumeClaim } from '#api/core/v1.ts'
import { StorageClass } from '#api/storage/v1.ts'
import { type Admission, about, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { compare } from '#machinery/quantity.ts'

/** Only a bound claim grows, and only if its storage class lets it (upstream: PersistentVolumeClaimResize). */
export const claimResize = (reader: Reader): Admission => ({
  name: 'PersistentVolumeClaimResize',
  concerns: about([PersistentVolumeClaim], ['UPDATE']),

  validate(review) {
    const claim = review.object as PersistentVolumeClaim
    const before = review.before as PersistentVolumeClaim
    const [was, is] = [before, claim].map(({ spec }) => spec?.resources?.requests?.storage ?? '0')
    if (compare(is!, was!) <= 0) return
    if (before.status?.phase !== 'Bound') throw refused(review, 'Only bound persistent volume claims can be expanded')
    const name = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName ?? ''
    if (!reader.get(StorageClass, { namespace: '', name })?.allowVolumeExpansion)
      throw refused(
        review,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
  },
})
