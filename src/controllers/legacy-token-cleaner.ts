import { ConfigMap, Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { dayMs, dayOf, invalidSince, tracking } from '#machinery/legacy-token.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import type { Controller } from '#reconcile/controller.ts'
import { fateOf } from './decide/legacy-tokens.ts'

/** Looks every day at the tokens that lie in Secrets, and cleans away those that nobody uses; `periodMs`: what is long. */
export const legacyTokenCleaner = (periodMs: number): Controller<Secret> => ({
  name: 'legacy-serviceaccount-token-cleaner-controller',
  of: Secret,
  needs: [ServiceAccount, Pod],
  changed: () => false,

  async reconcile(secret, cluster) {
    if (secret.type !== 'kubernetes.io/service-account-token') return
    const { namespace, annotations = {} } = secret.metadata
    const found = cluster.get(ServiceAccount, {
      namespace: namespace ?? '',
      name: annotations['kubernetes.io/service-account.name'] ?? '',
    })
    const uid = annotations['kubernetes.io/service-account.uid']
    const account = uid && found?.metadata.uid !== uid ? undefined : found
    const nowMs = cluster.clock.now().getTime()
    const fate = fateOf(
      { secret, account, pods: cluster.list(Pod, { namespace }) },
      { nowMs, periodMs, since: await trackedSince(cluster) },
    )
    if (fate === 'delete') return cluster.delete(Secret, secret, { resourceVersion: secret.metadata.resourceVersion })
    if (fate === 'invalidate') {
      const metadata = { uid: secret.metadata.uid, labels: { [invalidSince]: dayOf(nowMs) } }
      await cluster.patch(Secret, keyOf(secret), { type: 'merge', body: { metadata } })
    }
    return { afterMs: dayMs }
  },
})

/** Since when the API server notes which tokens are used; nothing, if it does not. */
async function trackedSince({ client, signal }: Cluster): Promise<string | undefined> {
  try {
    return (await client.get(ConfigMap, tracking, signal)).data?.since
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined
    throw error
  }
}
