import type { Kind } from '#api/kind.ts'
import type { Key, KubeObject } from '#api/object.ts'
import type { Cluster } from './cluster.ts'

/**
 * One control loop: makes the world agree with an object, whatever has happened. It is told which object may need
 * attention, never what changed.
 */
export interface Controller<T extends KubeObject = KubeObject> {
  /** `deployment-controller`, as upstream names it for --controllers. */
  readonly name: string
  /** Who its Events say they come from. Default: its name. */
  readonly source?: string
  readonly of: Kind<T>
  /** Kinds whose objects wake their controlling owner. */
  readonly owns?: readonly Kind[]
  /** Other objects, and which of ours they wake. */
  readonly watches?: readonly Watch[]
  /** Kinds that are only read. */
  readonly needs?: readonly Kind[]
  /** How many objects are worked on at once. Default: 5. */
  readonly workers?: number
  /** For so long an object is left alone after each look, so that what wakes it in quick succession makes one look. Default: 0. */
  readonly restMs?: number
  /** Whether a change of one of our own objects is worth a look. Default: always. */
  changed?(before: Readonly<T>, after: Readonly<T>): boolean
  /** Throwing means: again, after a pause that doubles. `afterMs`: again then, because time itself is part of the state. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that has nothing to say says nothing
  reconcile(object: Readonly<T>, cluster: Cluster): Promise<{ readonly afterMs: number } | void>
  /** The object no longer exists. */
  gone?(key: Key, cluster: Cluster): Promise<void> | void
}

/** Objects of another kind that wake ours. A changed one wakes for what it was and for what it is. */
export interface Watch<O extends KubeObject = KubeObject> {
  readonly kind: Kind<O>
  /** Whether a change is worth waking anybody. Default: always. */
  changed?(before: Readonly<O>, after: Readonly<O>): boolean
  wakes(object: Readonly<O>, cluster: Cluster): Iterable<Key>
}

/** Writes down a Watch, typed by its kind. */
export const watch = <O extends KubeObject>(kind: Kind<O>, rest: Omit<Watch<O>, 'kind'>): Watch =>
  ({ kind, ...rest }) as unknown as Watch
