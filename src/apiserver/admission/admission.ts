import { type Kind, qualified } from '#api/kind.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { StatusError } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { User } from '#apiserver/user.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** Where a write comes in: which kind, which of its doors, to do what. */
export interface Place {
  readonly operation: Operation
  readonly resource: Resource
  /** Empty for the main door. */
  readonly subresource: string
}

/** One write on its way in, as admission plugins see it. */
export interface Review extends Place {
  readonly key: Key
  /** What a refusal calls the object: as long as it may change, a name to be generated is only its beginning. */
  readonly shown: string
  readonly user: User
  readonly dryRun: boolean
  /** The object to be written; plugins may change it only in `default`, `mutate` and `allocate`. Missing for a delete. */
  readonly object: KubeObject | undefined
  readonly before: KubeObject | undefined
  /** How a deletion is meant; missing for all else. */
  readonly propagation?: string | undefined
  /** Adds a sentence to the Warning header of the answer. */
  warn(message: string): void
  /** Adds a word to what is written down of the request; missing where nothing is. */
  readonly annotate?: (key: string, value: string) => void
}

/**
 * Whoever takes something for a write is told, once, what became of it: the object as it now is (`undefined`: it is gone), or nothing
 * at all, if it was not made. Where nobody knows (the storage did not answer), nobody is told: what was taken must stay taken, for
 * the write may yet be there, until whoever keeps the books counts anew. May not throw.
 */
export type Settle = (made: { readonly object: KubeObject | undefined } | undefined) => Promise<void> | void

/**
 * A say in every write. A plugin refuses by throwing a StatusError. The hook's name is the
 * plugin's place in the order, so plugins never need to know one another: all the defaults, then all the
 * mutates, then all the allocates, then (the object is now final) all the validates, then all the charges.
 */
export interface Admission {
  /** Upstream's name of it, which flags use. */
  readonly name: string
  /** Whether it has anything to do with writes of a place. Asked once a place; a write of another costs it nothing. Default: with all. */
  concerns?(place: Place): boolean
  /** Completes the object from the cluster's own settings. */
  default?(review: Review): Promise<void> | void
  /** Changes the object on someone else's behalf: policies, webhooks. */
  mutate?(review: Review): Promise<void> | void
  /** Gives the object what no two may have: addresses, ports. Must be given back if the write fails. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who has taken nothing has nothing to settle
  allocate?(review: Review): Promise<Settle | void>
  /** Judges the final object. */
  validate?(review: Review): Promise<void> | void
  /** Takes something that must be given back if the write fails: quota. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who has taken nothing has nothing to settle
  charge?(review: Review): Promise<Settle | void>
}

/** Places of these kinds, and only these operations and doors. */
export function about(
  kinds: readonly Kind[],
  operations: readonly Operation[] = ['CREATE', 'UPDATE'],
  subresources: readonly string[] = [''],
): (place: Place) => boolean {
  const wanted = new Set(kinds.map(qualified))
  return ({ resource, operation, subresource }) =>
    wanted.has(qualified(resource.kind)) && operations.includes(operation) && subresources.includes(subresource)
}

/** The refusal of a write, in the form of upstream's admission.NewForbidden. */
export const refused = ({ resource: { kind }, shown }: Pick<Review, 'resource' | 'shown'>, why: string): StatusError =>
  new StatusError('Forbidden', `${qualified(kind)} "${shown}" is forbidden: ${why}`, {
    name: shown,
    ...(kind.group && { group: kind.group }),
    kind: kind.plural,
  })
