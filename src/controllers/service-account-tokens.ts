import { Secret, ServiceAccount } from '#api/core/v1.ts'
import { type Key, keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const type = 'kubernetes.io/service-account-token'
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

/** What the controller is told. */
export interface TokenOptions {
  /** Makes the token of an account that lies in a secret. */
  sign(subject: {
    readonly namespace: string
    readonly serviceaccount: { readonly name: string; readonly uid: string }
    readonly secret: { readonly name: string }
  }): Promise<string>
  /** The API server's CA, PEM. */
  readonly rootCa: string
}

/**
 * Fills the Secrets that ask for the token of a service account, and deletes them with it (upstream:
 * pkg/controller/serviceaccount/tokens_controller.go).
 */
export const serviceAccountTokens = ({ sign, rootCa }: TokenOptions): Controller<Secret> => ({
  name: 'serviceaccount-token-controller',
  of: Secret,
  watches: [
    watch(ServiceAccount, {
      changed: () => false,
      *wakes({ metadata: { namespace, name } }, cluster) {
        for (const secret of cluster.list(Secret, { namespace })) if (accountOf(secret) === name) yield keyOf(secret)
      },
    }),
  ],

  async reconcile(secret, cluster) {
    const { metadata, data = {} } = secret
    const name = accountOf(secret)
    if (!name || metadata.deletionTimestamp) return
    const namespace = metadata.namespace ?? ''
    const account = await find({ namespace, name }, metadata.annotations?.[uidAnnotation], cluster)
    if (!account) return cluster.delete(Secret, secret)
    const ca = base64(rootCa)
    const isDone = data.token && data.namespace && (!ca || data['ca.crt'] === ca)
    if (isDone) return
    const uid = account.metadata.uid ?? ''
    const token =
      data.token || base64(await sign({ namespace, serviceaccount: { name, uid }, secret: { name: metadata.name ?? '' } }))
    await cluster.update(Secret, {
      ...secret,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [uidAnnotation]: uid } },
      data: { ...data, token, namespace: data.namespace || base64(namespace), ...(ca && { 'ca.crt': ca }) },
    })
  },
})

const accountOf = (secret: Readonly<Secret>): string | undefined =>
  secret.type === type ? secret.metadata.annotations?.[nameAnnotation] : undefined

/** The account, if it is still the one that is meant. What the cache does not show is asked for: it may be as new as its secret. */
async function find(key: Key, uid: string | undefined, { get, client, signal }: Cluster): Promise<ServiceAccount | undefined> {
  const isMeant = (account: Readonly<ServiceAccount> | undefined): account is ServiceAccount =>
    account !== undefined && (!uid || account.metadata.uid === uid)
  const known = get(ServiceAccount, key)
  if (isMeant(known)) return known
  try {
    const live = await client.get(ServiceAccount, key, signal)
    return isMeant(live) ? live : undefined
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined
    throw error
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
