import { Service } from '#api/core/v1.ts'
import { type Admission, about, refused } from '#apiserver/admission/admission.ts'

/** No Service takes external addresses that it has not had before (upstream: DenyServiceExternalIPs). */
export const denyExternalIps: Admission = {
  name: 'DenyServiceExternalIPs',
  concerns: about([Service]),

  validate(review) {
    const had = (review.before as Service | undefined)?.spec.externalIPs ?? []
    if ((review.object as Service).spec.externalIPs?.some(ip => !had.includes(ip)))
      throw refused(review, 'Use of external IPs is denied by admission control')
  },
}
