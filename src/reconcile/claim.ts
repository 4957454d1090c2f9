import type { Kind } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import { type KubeObject, keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Selector } from '#machinery/labels.ts'
import type { Cluster } from './cluster.ts'
import { controllerRef } from './owners.ts'

/**
 * The objects of a kind that belong to an owner by its selector: keeps those it controls, releases those that no longer
 * match, adopts those that match and that nobody controls. Before the first adoption the server is asked whether the
 * owner is still alive, as adopting for a dead owner would let the garbage collector take what is adopted.
 */
export async function claim<T extends KubeObject, O extends KubeObject>(
  kind: Kind<T>,
  owner: { readonly kind: Kind<O>; readonly object: Readonly<O> },
  selector: Selector,
  worthwhile: (object: Readonly<T>) => boolean,
  cluster: Cluster,
): Promise<readonly Readonly<T>[]> {
  const claimed: Readonly<T>[] = []
  const dying = owner.object.metadata.deletionTimestamp !== undefined
  for (const object of cluster.list(kind, { owner: owner.object })) {
    if (!worthwhile(object)) continue
    if (selector.matches(object.metadata.labels)) claimed.push(object)
    else if (!dying) await release(kind, object, owner.object, cluster)
  }
  if (dying) return claimed
  const orphans = cluster
    .list(kind, { orphansOf: owner.object.metadata.namespace ?? '', labels: selector })
    .filter(object => !object.metadata.deletionTimestamp && worthwhile(object))
  if (orphans.length > 0) await stillAlive(owner.kind, owner.object, cluster)
  for (const orphan of orphans) {
    const adopted = await adopt(kind, orphan, owner.object, cluster)
    if (adopted) claimed.push(adopted)
  }
  return claimed
}

async function adopt<T extends KubeObject>(
  kind: Kind<T>,
  object: Readonly<T>,
  owner: KubeObject,
  cluster: Cluster,
): Promise<T | undefined> {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerRef(owner)]
  return relink(kind, object, ownerReferences, cluster)
}

async function release<T extends KubeObject>(
  kind: Kind<T>,
  object: Readonly<T>,
  owner: KubeObject,
  cluster: Cluster,
): Promise<void> {
  const rest = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? []
  await relink(kind, object, rest, cluster)
}

function relink<T extends KubeObject>(
  kind: Kind<T>,
  object: Readonly<T>,
  ownerReferences: readonly OwnerReference[],
  cluster: Cluster,
): Promise<T | undefined> {
  const { uid, resourceVersion } = object.metadata
  const metadata = { uid, resourceVersion, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null }
  return unlessGone(cluster.patch(kind, keyOf(object), { type: 'merge', body: { metadata } }))
}

/** The outcome of a patch of an object that may have gone, or come back as another, meanwhile. */
async function unlessGone<T>(patched: Promise<T>): Promise<T | undefined> {
  try {
    return await patched
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Invalid')) return undefined
    throw error
  }
}

async function stillAlive<O extends KubeObject>(kind: Kind<O>, owner: Readonly<O>, cluster: Cluster): Promise<void> {
  const fresh = await cluster.client.get(kind, keyOf(owner), cluster.signal)
  if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp)
    throw new Error(`${kind.kind} ${owner.metadata.namespace}/${owner.metadata.name} has just been deleted`)
}
