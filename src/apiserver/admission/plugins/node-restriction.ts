import type { TokenRequest } from '#api/authentication/v1.ts'
import { Lease } from '#api/coordination/v1.ts'
import { Node, PersistentVolumeClaim, Pod, ServiceAccount } from '#api/core/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { ResourceSlice } from '#api/resource/v1.ts'
import { notFound } from '#api/status.ts'
import { CSINode } from '#api/storage/v1.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import { nodeOf } from '#apiserver/authorization/node-identity.ts'
import { claimsOf, configMapsOf, isMirror, mirrorAnnotation, secretsOf } from '#apiserver/pod-references.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { equal } from '#machinery/equality.ts'
import { changedLabels, forbiddenLabels } from './node-labels.ts'

/** What a node may write of one kind. Throws Forbidden. */
type Judge = (node: string, review: Review, reader: Reader) => Promise<void> | void

/** A kubelet writes only what is about its own node and the pods there (upstream: NodeRestriction). */
export const nodeRestriction = (reader: Reader): Admission => ({
  name: 'NodeRestriction',
  concerns: place => {
    const kinds = [Pod, Node, PersistentVolumeClaim, ServiceAccount, Lease, CSINode, ResourceSlice]
    return about(kinds, ['CREATE', 'UPDATE', 'DELETE'], [place.subresource])(place)
  },

  async validate(review) {
    const node = nodeOf(review.user)
    if (node === undefined) return
    if (node === '') throw refused(review, `could not determine node from user "${review.user.name}"`)
    await judges[review.resource.kind.kind]!(node, review, reader)
  },
})

const pod: Judge = (node, review, reader) => {
  const { operation, subresource } = review
  const place = (review.before as Pod | undefined)?.spec.nodeName
  if (subresource === 'status') return podStatus(node, review)
  if (subresource === 'eviction') {
    const { key } = review
    const there = reader.get(Pod, key)
    if (!there) throw notFound(Pod, key.name)
    if (there.spec.nodeName !== node) throw refused(review, `node ${node} can only evict pods with spec.nodeName set to itself`)
    return
  }
  if (subresource) throw refused(review, `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`)
  if (operation === 'CREATE') return mirrorPod(node, review, reader)
  if (operation !== 'DELETE')
    throw refused(review, `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`)
  if (place !== node) throw refused(review, `node "${node}" can only delete pods with spec.nodeName set to itself`)
}

function podStatus(node: string, review: Review): void {
  const [before, after] = [review.before as Pod, review.object as Pod]
  if (before.spec.nodeName !== node)
    throw refused(review, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`)
  if (!equal(before.metadata.labels ?? {}, after.metadata.labels ?? {}))
    throw refused(review, `node "${node}" cannot update labels through pod status`)
  if (!equal(before.status?.resourceClaimStatuses, after.status?.resourceClaimStatuses))
    throw refused(review, `node "${node}" cannot update resource claim statues`)
}

/** Only the image of a pod that the node runs by itself, and one that refers to nothing in the API. */
function mirrorPod(node: string, review: Review, reader: Reader): void {
  const made = review.object as Pod
  const { metadata, spec } = made
  const refuse = (why: string): never => {
    throw refused(review, why)
  }
  const may = `node "${node}" can only create pods with`
  if (!isMirror(made)) refuse(`pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`)
  if (spec.nodeName !== node) refuse(`${may} spec.nodeName set to itself`)
  const [owner, another] = metadata.ownerReferences ?? []
  if (another) refuse(`${may} a single owner reference set to itself`)
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    refuse(`${may} an owner reference set to itself`)
  if (!owner!.controller) refuse(`${may} a controller owner reference set to itself`)
  if (owner!.blockOwnerDeletion) refuse(`node "${node}" must not set blockOwnerDeletion on an owner reference`)
  const there = reader.get(Node, { namespace: '', name: node })
  if (!there) throw notFound(Node, node)
  if (owner!.uid !== there.metadata.uid) refuse(`node ${node} UID mismatch: expected ${owner!.uid} got ${there.metadata.uid}`)
  const refers = (what: string): never => refuse(`node "${node}" can not create pods that reference ${what}`)
  if (spec.serviceAccountName) refers('a service account')
  if (!secretsOf(spec).next().done) refers('secrets')
  if (!configMapsOf(spec).next().done) refers('configmaps')
  if (spec.volumes?.some(({ projected }) => projected?.sources?.some(({ clusterTrustBundle }) => clusterTrustBundle)))
    refers('clustertrustbundles')
  if (!claimsOf(made).next().done) refers('persistentvolumeclaims')
  if (spec.resourceClaims?.length) refers('resourceclaims')
}

const itself: Judge = (node, review) => {
  if (review.key.name !== node) throw refused(review, `node "${node}" is not allowed to modify node "${review.key.name}"`)
  if (review.operation === 'DELETE') return
  const after = review.object as Node
  const before = review.before as Node | undefined
  const denied = forbiddenLabels(changedLabels(before?.metadata.labels, after.metadata.labels))
  if (!before) {
    if (denied.length > 0)
      throw refused(review, `node "${node}" is not allowed to set the following labels: ${denied.join(', ')}`)
    return
  }
  if (!equal(before.spec?.taints, after.spec?.taints)) throw refused(review, `node "${node}" is not allowed to modify taints`)
  if (denied.length > 0) throw refused(review, `is not allowed to modify labels: ${denied.join(', ')}`)
  if (!equal(before.metadata.ownerReferences, after.metadata.ownerReferences))
    throw refused(review, `node "${node}" is not allowed to modify ownerReferences`)
}

const claim: Judge = (node, review) => {
  if (review.subresource !== 'status') throw refused(review, 'may only update PVC status')
  const judged = ({ metadata, status, ...rest }: PersistentVolumeClaim): object => {
    const { resourceVersion: _, managedFields: __, ...meta } = metadata
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...others } = status ?? {}
    return { ...rest, metadata: meta, status: others }
  }
  if (!equal(judged(review.before as PersistentVolumeClaim), judged(review.object as PersistentVolumeClaim)))
    throw refused(review, `node "${node}" is not allowed to update fields other than status.capacity and status.conditions`)
}

const account: Judge = (node, review, reader) => {
  if (review.operation !== 'CREATE' || review.subresource !== 'token') return
  const { boundObjectRef: ref } = (review.object as KubeObject as TokenRequest).spec ?? {}
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name)
    throw refused(review, 'node requested token not bound to a pod')
  if (!ref.uid) throw refused(review, 'node requested token with a pod binding without a uid')
  const there = reader.get(Pod, { namespace: review.key.namespace, name: ref.name })
  if (!there) throw notFound(Pod, ref.name)
  if (there.metadata.uid !== ref.uid)
    throw refused(
      review,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (there.spec.nodeName !== node) throw refused(review, 'node requested token bound to a pod scheduled on a different node')
}

const lease: Judge = (node, review) => {
  const { namespace, name } = review.key
  if (namespace !== 'kube-node-lease') throw refused(review, 'can only access leases in the "kube-node-lease" system namespace')
  if (name !== node) throw refused(review, 'can only access node lease with the same name as the requesting node')
}

const csiNode: Judge = (node, review) => {
  if (review.key.name !== node) throw refused(review, 'can only access CSINode with the same name as the requesting node')
}

const slice: Judge = (node, review) => {
  const { operation, object, before } = review
  const of = ((operation === 'DELETE' ? before : object) as ResourceSlice | undefined)?.spec.nodeName
  if (operation === 'UPDATE' || of === node) return
  const verb = operation === 'CREATE' ? 'create' : 'delete'
  throw refused(review, `can only ${verb} ResourceSlice with the same NodeName as the requesting node`)
}

const judges: Readonly<Record<string, Judge>> = {
  Pod: pod,
  Node: itself,
  PersistentVolumeClaim: claim,
  ServiceAccount: account,
  Lease: lease,
  CSINode: csiNode,
  ResourceSlice: slice,
}
