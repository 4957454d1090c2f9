import { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/core/v1.ts'
import { keyOf, keyText } from '#api/object.ts'
import { ResourceSlice } from '#api/resource/v1.ts'
import { VolumeAttachment } from '#api/storage/v1.ts'
import { claimsOf, configMapsOf, isMirror, secretsOf } from '#apiserver/pod-references.ts'
import type { Reader } from '#apiserver/store/reader.ts'

/** Kinds that a node may see as far as they have to do with it. */
export type Related =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'volumeattachments'
  | 'serviceaccounts'
  | 'resourceclaims'
  | 'resourceslices'
  | 'pods'

/**
 * What has to do with which node (upstream: plugin/pkg/auth/authorizer/node/graph.go). Only which pods are on a node is kept;
 * the rest is looked up among the pods of the node that asks, which are few.
 */
export class NodeRelations {
  readonly #reader: Reader
  readonly #pods = new Map<string, Map<string, Readonly<Pod>>>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Takes in the pods there are, and follows them from now on. The caches must be filled. */
  follow(): void {
    const { cache } = this.#reader.store(Pod)
    for (const pod of cache.list()) this.#change(undefined, pod as Pod)
    cache.subscribe((before, after) => this.#change(before as Pod | undefined, after as Pod | undefined))
  }

  /** Whether an object has to do with a node. */
  has(node: string, kind: Related, namespace: string, name: string): boolean {
    switch (kind) {
      case 'pods':
        return this.#pods.get(node)?.has(keyText({ namespace, name })) ?? false
      case 'secrets':
        return (
          this.#someIn(node, namespace, pod => includes(secretsOf(pod.spec), name)) || this.#volumeNeeds(node, namespace, name)
        )
      case 'configmaps':
        return this.#someIn(node, namespace, pod => includes(configMapsOf(pod.spec), name))
      case 'serviceaccounts':
        return this.#someIn(node, namespace, ({ spec }) => spec.serviceAccountName === name)
      case 'persistentvolumeclaims':
        return this.#someIn(node, namespace, pod => includes(claimsOf(pod), name))
      case 'persistentvolumes':
        return this.#mounts(node, this.#reader.get(PersistentVolume, { namespace: '', name }))
      case 'volumeattachments':
        return this.#reader.get(VolumeAttachment, { namespace: '', name })?.spec.nodeName === node
      case 'resourceslices':
        return this.#reader.get(ResourceSlice, { namespace: '', name })?.spec.nodeName === node
      case 'resourceclaims':
        return this.#someIn(node, namespace, pod => includes(resourceClaimsOf(pod), name))
    }
  }

  #someIn(node: string, namespace: string, test: (pod: Readonly<Pod>) => boolean): boolean {
    for (const pod of this.#pods.get(node)?.values() ?? []) if (pod.metadata.namespace === namespace && test(pod)) return true
    return false
  }

  /** Whether a pod of the node mounts the claim that a volume is bound to. */
  #mounts(node: string, volume: Readonly<PersistentVolume> | undefined): boolean {
    const claim = volume?.spec?.claimRef
    if (!claim) return false
    return this.#someIn(node, claim.namespace ?? '', pod => includes(claimsOf(pod), claim.name ?? ''))
  }

  /** Whether a pod of the node mounts a volume that needs a Secret. */
  #volumeNeeds(node: string, namespace: string, name: string): boolean {
    for (const pod of this.#pods.get(node)?.values() ?? [])
      for (const claimName of claimsOf(pod)) {
        const claim = this.#reader.get(PersistentVolumeClaim, { namespace: pod.metadata.namespace!, name: claimName })
        const volume = this.#reader.get(PersistentVolume, { namespace: '', name: claim?.spec?.volumeName ?? '' })
        if (!volume || !this.#mounts(node, volume)) continue
        for (const ref of volumeSecrets(volume)) if (ref.namespace === namespace && ref.name === name) return true
      }
    return false
  }

  #change(before: Pod | undefined, after: Pod | undefined): void {
    const node = before?.spec?.nodeName
    const now = after && !isMirror(after) ? after.spec?.nodeName : undefined
    if (node && node !== now) {
      const pods = this.#pods.get(node)
      pods?.delete(keyText(keyOf(before!)))
      if (pods?.size === 0) this.#pods.delete(node)
    }
    if (!now) return
    let pods = this.#pods.get(now)
    if (!pods) this.#pods.set(now, (pods = new Map()))
    pods.set(keyText(keyOf(after!)), after!)
  }
}

function* resourceClaimsOf({ spec, status }: Readonly<Pod>): Generator<string> {
  for (const { resourceClaimName } of spec.resourceClaims ?? []) if (resourceClaimName) yield resourceClaimName
  for (const { resourceClaimName } of status?.resourceClaimStatuses ?? []) if (resourceClaimName) yield resourceClaimName
}

/** The Secrets that a volume needs (upstream: pkg/api/persistentvolume, VisitPVSecretNames). */
function* volumeSecrets({
  spec,
}: Readonly<PersistentVolume>): Generator<{ readonly namespace?: string; readonly name?: string }> {
  if (!spec) return
  const home = spec.claimRef?.namespace ?? ''
  const { azureFile, cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos, csi } = spec
  if (azureFile) yield { namespace: azureFile.secretNamespace ?? home, name: azureFile.secretName }
  for (const source of [cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos])
    if (source?.secretRef) yield { namespace: home, ...source.secretRef }
  if (!csi) return
  for (const ref of [csi.controllerPublishSecretRef, csi.nodePublishSecretRef, csi.nodeStageSecretRef, csi.nodeExpandSecretRef])
    if (ref) yield ref
}

function includes(names: Iterable<string>, wanted: string): boolean {
  for (const name of names) if (name === wanted) return true
  return false
}
