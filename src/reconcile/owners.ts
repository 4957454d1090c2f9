import type { Kind } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'

/** The reference that a controller puts on what it makes for `owner`: it controls, and holds up the owner's foreground deletion. */
export const controllerRef = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

/** The one reference that says who controls an object, if anybody does. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(({ controller }) => controller)

/** Whether `owner` controls `object`: by uid, so that a namesake does not count. */
export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean => controllerOf(object)?.uid === owner.metadata.uid

/** Whether a reference is to an object of this kind, in whichever version. */
export const refersTo = (reference: Pick<OwnerReference, 'apiVersion' | 'kind'>, kind: Kind): boolean =>
  reference.kind === kind.kind && groupOf(reference.apiVersion) === kind.group

/** `apps` of `apps/v1`; empty for the core group. */
export const groupOf = (version: string): string => (version.includes('/') ? version.slice(0, version.indexOf('/')) : '')
