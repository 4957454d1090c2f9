import type { PersistentVolumeClaim } from '#api/core/v1.ts'
import { compare } from '#machinery/quantity.ts'
import type { Evaluator } from './evaluator.ts'

const ofClass = '.storageclass.storage.k8s.io/'
const both = ['persistentvolumeclaims', 'requests.storage']

/** How claims count: by number and by size, altogether and for each storage class (upstream: evaluator/core/persistent_volume_claims.go). */
export const claims: Evaluator<PersistentVolumeClaim> = {
  counts: name =>
    name === 'count/persistentvolumeclaims' || both.includes(name) || both.some(each => name.endsWith(ofClass + each)),

  usage({ metadata, spec, status }) {
    const used: Record<string, string> = { 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1' }
    const name = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
    if (name) used[`${name}${ofClass}persistentvolumeclaims`] = '1'
    const asked = spec?.resources?.requests?.storage
    if (asked === undefined) return used
    const given = status?.allocatedResources?.storage
    const size = given !== undefined && compare(given, asked) > 0 ? given : asked
    used['requests.storage'] = size
    if (name) used[`${name}${ofClass}requests.storage`] = size
    return used
  },

  inScope({ spec, status }, { scopeName, operator, values = [] }) {
    if (scopeName !== 'VolumeAttributesClass') return false
    const names = [
      spec?.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ].filter(each => each !== undefined && each !== '')
    if (operator === 'Exists') return names.length > 0
    if (operator === 'DoesNotExist') return names.length === 0
    const isIn = names.some(each => values.includes(each!))
    return operator === 'In' ? isIn : !isIn
  },
}
