import { Namespace, Pod } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import { isReason } from '#api/status.ts'
import { equal } from '#machinery/equality.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { type Leftover, namespaceConditions } from './decide/namespace-conditions.ts'

/** The entry in spec.finalizers that is ours to take away. */
const finalizer = 'kubernetes'

/** How soon to look again at what ends in its own time, if no pod's end wakes us before. */
const lookAgainMs = 2_000

/** Empties a namespace that is being deleted, of every kind there is, and then lets it go: pods first, as they may need the rest to end well. */
export const namespaces: Controller<Namespace> = {
  name: 'namespace-controller',
  of: Namespace,
  workers: 10,
  watches: [
    watch(Pod, {
      changed: () => false,
      *wakes({ metadata }, cluster) {
        const key = { namespace: '', name: metadata.namespace ?? '' }
        if (cluster.get(Namespace, key)?.metadata.deletionTimestamp) yield key
      },
    }),
  ],

  async reconcile(namespace, cluster) {
    if (!namespace.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return
    const { leftovers, undiscovered } = await empty(namespace.metadata.name ?? '', cluster)
    const conditions = namespaceConditions(namespace.status?.conditions, leftovers, undiscovered, cluster.clock.now())
    const status: Namespace['status'] = { ...namespace.status, phase: 'Terminating', conditions }
    const told = equal(status, namespace.status) ? namespace : await cluster.updateStatus(Namespace, { ...namespace, status })
    const failure = undiscovered ?? leftovers.find(({ failure }) => failure)?.failure
    if (failure) throw failure
    if (leftovers.some(({ objects }) => objects.length > 0)) return { afterMs: lookAgainMs }
    const finalizers = told.spec?.finalizers?.filter(each => each !== finalizer) ?? []
    const { signal } = cluster
    await cluster.client.update(Namespace, { ...told, spec: { ...told.spec, finalizers } }, { subresource: 'finalize' }, signal)
  },
}

async function empty(namespace: string, cluster: Cluster): Promise<{ leftovers: Leftover[]; undiscovered?: Error }> {
  const pods = await remove(Pod, namespace, cluster)
  if (pods.objects.length > 0) return { leftovers: [pods] }
  try {
    const kinds = (await cluster.client.kinds(cluster.signal)).filter(isDeletable).map(({ kind }) => kind)
    return { leftovers: [pods, ...(await Promise.all(kinds.map(kind => remove(kind, namespace, cluster))))] }
  } catch (error) {
    return { leftovers: [pods], undiscovered: error as Error }
  }
}

const isDeletable = ({ kind, verbs }: { readonly kind: Kind; readonly verbs: readonly string[] }): boolean =>
  kind.scope === 'Namespaced' && ['list', 'deletecollection'].every(verb => verbs.includes(verb))

/** Deletes all objects of a kind, and says which are still there. */
async function remove(kind: Kind, namespace: string, { client, signal }: Cluster): Promise<Leftover> {
  try {
    const before = await client.list(kind, { namespace }, signal)
    if (before.items.length === 0) return { kind, objects: [] }
    await client.deleteCollection(kind, { namespace }, { propagation: 'Background' }, signal)
    return { kind, objects: (await client.list(kind, { namespace }, signal)).items }
  } catch (error) {
    // A kind may go away between its discovery and this.
    if (isReason(error, 'NotFound') || isReason(error, 'MethodNotAllowed')) return { kind, objects: [] }
    return { kind, objects: [], failure: error as Error }
  }
}
