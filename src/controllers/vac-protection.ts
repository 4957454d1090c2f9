import { PersistentVolume, PersistentVolumeClaim } from '#api/core/v1.ts'
import type { Key } from '#api/object.ts'
import { VolumeAttributesClass } from '#api/storage/v1.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const finalizer = 'kubernetes.io/vac-protection'

/** Lets a class of attributes that is deleted go when no claim and no volume has it (upstream: pkg/controller/volume/vacprotection). */
export const vacProtection: Controller<VolumeAttributesClass> = {
  name: 'volumeattributesclass-protection-controller',
  of: VolumeAttributesClass,
  watches: [
    watch(PersistentVolumeClaim, { wakes: claim => classesOfClaim(claim).map(keyOf) }),
    watch(PersistentVolume, { wakes: volume => classesOfVolume(volume).map(keyOf) }),
  ],

  async reconcile(attributes, cluster) {
    const { metadata } = attributes
    const finalizers = metadata.finalizers ?? []
    if (!metadata.deletionTimestamp) {
      if (!finalizers.includes(finalizer))
        await cluster.update(VolumeAttributesClass, {
          ...attributes,
          metadata: { ...metadata, finalizers: [...finalizers, finalizer] },
        })
      return
    }
    if (!finalizers.includes(finalizer)) return
    const used =
      cluster.list(PersistentVolumeClaim).some(claim => classesOfClaim(claim).includes(metadata.name!)) ||
      cluster.list(PersistentVolume).some(volume => classesOfVolume(volume).includes(metadata.name!))
    if (used) return
    const left = finalizers.filter(each => each !== finalizer)
    await cluster.update(VolumeAttributesClass, { ...attributes, metadata: { ...metadata, finalizers: left } })
  },
}

const keyOf = (name: string): Key => ({ namespace: '', name })

/** What a claim has, is to have, and is just being given. */
const classesOfClaim = ({ spec, status }: Readonly<PersistentVolumeClaim>): string[] =>
  [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter(name => name !== undefined)

const classesOfVolume = ({ spec }: Readonly<PersistentVolume>): string[] =>
  [spec?.volumeAttributesClassName].filter(name => name !== undefined)
