import type { Kind } from '#api/kind.ts'
import type { Key, KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { User } from '#apiserver/user.ts'

/** One write on its way in, as admission plugins see it. */
export interface Review {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly resource: Resource
  readonly key: Key
  readonly subresource: string
  readonly user: User
  readonly dryRun: boolean
  /** The object to be written; plugins may change it only in `default` and `mutate`. Missing for a delete. */
  readonly object: KubeObject | undefined
  readonly before: KubeObject | undefined
  /** Adds a sentence to the Warning header of the answer. */
  warn(message: string): void
}

/** The new object, typed, if the review is about this kind's main door; and nothing otherwise. */
export const newObject = <T extends KubeObject>(review: Review, kind: Kind<T>): T | undefined =>
  review.object && !review.subresource && review.resource.kind.kind === kind.kind && review.resource.kind.group === kind.group
    ? (review.object as T)
    : undefined

/**
 * A say in every write. A plugin refuses by throwing a StatusError. The hook's name is the
 * plugin's place in the order, so plugins never need to know one another: all the defaults,
 * then all the mutates, then (the object is now final) all the validates, then all the charges.
 */
export interface Admission {
  readonly name: string
  /** Completes the object from the cluster's own settings. */
  default?(review: Review): Promise<void> | void
  /** Changes the object on someone else's behalf: policies, webhooks. */
  mutate?(review: Review): Promise<void> | void
  /** Judges the final object. */
  validate?(review: Review): Promise<void> | void
  /** Takes something that must be given back if the write fails: quota. */
  charge?(review: Review): Promise<void> | void
}

/** How a write passes through the plugins, given the step that makes the object final. */
export async function admit(plugins: readonly Admission[], review: Review, finish: () => void): Promise<void> {
  for (const plugin of plugins) if (plugin.default) await plugin.default(review)
  for (const plugin of plugins) if (plugin.mutate) await plugin.mutate(review)
  finish()
  for (const plugin of plugins) if (plugin.validate) await plugin.validate(review)
  for (const plugin of plugins) if (plugin.charge) await plugin.charge(review)
}
