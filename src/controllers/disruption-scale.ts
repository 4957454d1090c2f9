import { Deployment, ReplicaSet, StatefulSet } from '#api/apps/v1.ts'
import { type Pod, ReplicationController } from '#api/core/v1.ts'
import { type Kind, path } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { isReason, type StatusError } from '#api/status.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { controllerOf, groupOf, refersTo } from '#reconcile/owners.ts'

/** The kinds whose objects say in a cache how many pods they want. */
export const scaled: readonly Kind[] = [ReplicaSet, Deployment, ReplicationController, StatefulSet]

/** How many pods those who control these want together, and which pods nobody controls; or why that cannot be said. */
export type Scale = { readonly total: number; readonly unmanaged: readonly string[] } | { readonly failure: string }

interface Scalable extends KubeObject {
  spec?: { replicas?: number }
}

/** Looks up the scale of all that control the pods: by caches, and for other kinds by their `/scale` (upstream: the finders of pkg/controller/disruption). */
export async function scaleOf(pods: readonly Readonly<Pod>[], cluster: Cluster): Promise<Scale> {
  const scales = new Map<string, number>()
  const seen = new Set<string>()
  const unmanaged: string[] = []
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (!owner) unmanaged.push(pod.metadata.name!)
    if (!owner || seen.has(owner.uid)) continue
    seen.add(owner.uid)
    const found = cached(owner, pod.metadata.namespace!, cluster) ?? (await asked(owner, pod.metadata.namespace!, cluster))
    if (!found) return { failure: `found no controllers for pod "${pod.metadata.name}"` }
    if ('failure' in found) return found
    scales.set(found.uid, found.replicas)
  }
  return { total: Array.from(scales.values()).reduce((sum, each) => sum + each, 0), unmanaged }
}

interface Found {
  readonly uid: string
  readonly replicas: number
}

/** A Deployment stands for its ReplicaSets. */
function cached(owner: OwnerReference, namespace: string, cluster: Cluster): Found | undefined {
  const kind = scaled.find(each => refersTo(owner, each)) as Kind<Scalable> | undefined
  const object = kind && cluster.get(kind, { namespace, name: owner.name })
  if (!object || object.metadata.uid !== owner.uid) return undefined
  const above = controllerOf(object)
  if (kind.kind === 'ReplicaSet' && above && refersTo(above, Deployment)) return cached(above, namespace, cluster)
  return { uid: owner.uid, replicas: object.spec?.replicas ?? 1 }
}

/** The `/scale` of an object of whatever kind. Nothing: there is no such object, or another one in its place. */
async function asked(
  { apiVersion, kind: name, name: object, uid }: OwnerReference,
  namespace: string,
  { client, signal }: Cluster,
): Promise<Found | { failure: string } | undefined> {
  const group = groupOf(apiVersion)
  const kind = (await client.kinds(signal)).find(each => each.kind.group === group && each.kind.kind === name)?.kind
  if (!kind) return { failure: `no matches for kind "${name}" in version "${apiVersion}"` }
  try {
    const scale = await client.request<Scalable>('GET', path(kind, namespace, object, 'scale'), undefined, { signal })
    return scale.metadata.uid === uid ? { uid, replicas: scale.spec?.replicas ?? 0 } : undefined
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error
    // A server that has no such door names nothing that it has not found.
    if ((error as StatusError).details?.name) return undefined
    return { failure: `${kind.group}/${kind.version}, Resource=${kind.plural} does not implement the scale subresource` }
  }
}
