import { type Admission, refused } from '#apiserver/admission/admission.ts'

/** Does nothing (upstream: AlwaysAdmit, deprecated). */
export const alwaysAdmit: Admission = { name: 'AlwaysAdmit', concerns: () => false }

/** Lets nothing in (upstream: AlwaysDeny, deprecated). */
export const alwaysDeny: Admission = {
  name: 'AlwaysDeny',
  default(review) {
    throw refused(review, 'admission control is denying all modifications')
  },
}
