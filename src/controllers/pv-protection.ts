import { PersistentVolume } from '#api/core/v1.ts'
import type { Controller } from '#reconcile/controller.ts'

const finalizer = 'kubernetes.io/pv-protection'

/** Lets a volume that is deleted go when it is bound no more (upstream: pkg/controller/volume/pvprotection). */
export const pvProtection: Controller<PersistentVolume> = {
  name: 'persistentvolume-protection-controller',
  of: PersistentVolume,

  async reconcile(volume, cluster) {
    const { metadata, status } = volume
    const finalizers = metadata.finalizers ?? []
    if (!metadata.deletionTimestamp) {
      if (!finalizers.includes(finalizer))
        await cluster.update(PersistentVolume, { ...volume, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })
      return
    }
    if (!finalizers.includes(finalizer) || status?.phase === 'Bound') return
    const left = finalizers.filter(each => each !== finalizer)
    await cluster.update(PersistentVolume, { ...volume, metadata: { ...metadata, finalizers: left } })
  },
}
