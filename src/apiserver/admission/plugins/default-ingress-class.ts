import { Ingress, IngressClass } from '#api/networking/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { newestDefault } from './defaults.ts'

/** An Ingress that names no class gets the cluster's default one, if there is one (upstream: DefaultIngressClass). */
export const defaultIngressClass = (reader: Reader): Admission => ({
  name: 'DefaultIngressClass',
  concerns: about([Ingress], ['CREATE']),

  default({ object }) {
    const ingress = object as Ingress
    const old = ingress.metadata.annotations?.['kubernetes.io/ingress.class']
    if (ingress.spec?.ingressClassName !== undefined || old !== undefined) return
    const chosen = newestDefault(reader.list(IngressClass), ['ingressclass.kubernetes.io/is-default-class'])
    if (chosen) ingress.spec = { ...ingress.spec, ingressClassName: chosen.metadata.name! }
  },
})
