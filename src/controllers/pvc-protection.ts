import { PersistentVolumeClaim, Pod } from '#api/core/v1.ts'
import type { Key } from '#api/object.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const finalizer = 'kubernetes.io/pvc-protection'

/** Lets a claim that is deleted go when no pod on any node uses it (upstream: pkg/controller/volume/pvcprotection). */
export const pvcProtection: Controller<PersistentVolumeClaim> = {
  name: 'persistentvolumeclaim-protection-controller',
  of: PersistentVolumeClaim,
  watches: [
    watch(Pod, {
      changed: ({ spec }, after) => spec?.nodeName !== after.spec?.nodeName,
      wakes: pod => claimsOf(pod),
    }),
  ],

  async reconcile(claim, cluster) {
    const { metadata } = claim
    const finalizers = metadata.finalizers ?? []
    if (!metadata.deletionTimestamp) {
      if (!finalizers.includes(finalizer))
        await cluster.update(PersistentVolumeClaim, {
          ...claim,
          metadata: { ...metadata, finalizers: [...finalizers, finalizer] },
        })
      return
    }
    if (!finalizers.includes(finalizer)) return
    // A pod without a node does not start with a claim that is on its way out.
    const users = cluster.list(Pod, { namespace: metadata.namespace }).filter(({ spec }) => spec?.nodeName)
    if (users.some(pod => claimsOf(pod).some(({ name }) => name === metadata.name))) return
    const left = finalizers.filter(each => each !== finalizer)
    await cluster.update(PersistentVolumeClaim, { ...claim, metadata: { ...metadata, finalizers: left } })
  },
}

function claimsOf({ metadata, spec }: Readonly<Pod>): Key[] {
  const namespace = metadata.namespace ?? ''
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [{ namespace, name: persistentVolumeClaim.claimName }]
    return ephemeral ? [{ namespace, name: `${metadata.name}-${name}` }] : []
  })
}
