import { Namespace, ServiceAccount } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const name = 'default'

/** Sees to it that every namespace has the service account that pods use unless they say otherwise. */
export const serviceAccounts: Controller<Namespace> = {
  name: 'serviceaccount-controller',
  of: Namespace,
  watches: [
    watch(ServiceAccount, {
      changed: () => false,
      *wakes({ metadata }) {
        if (metadata.name === name) yield { namespace: '', name: metadata.namespace ?? '' }
      },
    }),
  ],

  async reconcile({ metadata }, cluster) {
    const namespace = metadata.name ?? ''
    if (metadata.deletionTimestamp || cluster.get(ServiceAccount, { namespace, name })) return
    try {
      await cluster.create(ServiceAccount, { metadata: { namespace, name } })
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error
    }
  },
}
