import type { OwnerReference } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'

export const foreground = 'foregroundDeletion'
export const orphan = 'orphan'

/** What is known of the object that an ownerReference names. `dying`: it waits for its dependents to go first. */
export type OwnerState = 'solid' | 'dying' | 'absent'

/** What the garbage collector should do with an object, given its owners. */
export type Verdict =
  | { readonly act: 'leave' }
  /** It still has an owner: only the references to others go. */
  | { readonly act: 'unlink'; readonly keep: readonly OwnerReference[] }
  /** `unblock`: its own dependents wait as well, so it must not hold up its owner, lest both wait for ever. */
  | { readonly act: 'delete'; readonly propagation: 'Background' | 'Foreground' | 'Orphan'; readonly unblock: boolean }

export const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) ?? false

/** Whether an object is being deleted and waits for its dependents to go first. */
export const isDying = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined && has(object, foreground)

/** The state of an owner that is there. */
export const stateOf = (owner: KubeObject): OwnerState => (isDying(owner) ? 'dying' : 'solid')

/** Whether a dependent holds up the foreground deletion of its owner. */
export const blocks = (dependent: KubeObject, ownerUid: string): boolean =>
  dependent.metadata.ownerReferences?.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion) ?? false

/** An object lives as long as one of its owners does. */
export function judge(object: KubeObject, states: readonly OwnerState[], dependents: readonly KubeObject[]): Verdict {
  const references = object.metadata.ownerReferences ?? []
  if (references.length === 0) return { act: 'leave' }
  if (states.includes('solid')) {
    const keep = references.filter((_, index) => states[index] === 'solid')
    return keep.length === references.length ? { act: 'leave' } : { act: 'unlink', keep }
  }
  if (states.includes('dying') && dependents.length > 0)
    return { act: 'delete', propagation: 'Foreground', unblock: dependents.some(isDying) }
  const propagation = has(object, orphan) ? 'Orphan' : has(object, foreground) ? 'Foreground' : 'Background'
  return { act: 'delete', propagation, unblock: false }
}
