import type { Key, KubeObject } from '#api/object.ts'

/**
 * How a cache learns of the world. Begins with a reset; then tells every change, in order. A feed mends its own connection,
 * and starts over with a reset where it lost the thread. Ends soon after its signal aborts, and otherwise not.
 */
export type Feed<T extends KubeObject> = (signal: AbortSignal) => AsyncIterable<News<T>>

export type News<T extends KubeObject> =
  /** Forget everything: this is the present. */
  | { readonly type: 'reset'; readonly items: readonly Item<T>[]; readonly revision: number }
  | { readonly type: 'put'; readonly item: Item<T> }
  /** `item`: the object's last state with the revision of its deletion; made up from what the cache holds where it is missing. */
  | { readonly type: 'delete'; readonly key: Key; readonly revision: number; readonly item?: Item<T> }
  /** Nothing happened here, but history has come this far. */
  | { readonly type: 'reached'; readonly revision: number }

/** One object at one revision, which its `metadata.resourceVersion` says too. */
export interface Item<T extends KubeObject = KubeObject> {
  readonly object: T
  readonly revision: number
  /** The object's JSON, where somebody already has it, so that nobody encodes it again. */
  readonly bytes?: Uint8Array
}

/** What a watcher is told of one object. Equal news are the same value for all watchers, so that an encoding can be kept with it. */
export interface Told<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly item: Item<T>
}

export type WatchEvent<T extends KubeObject> =
  | Told<T>
  /** The watcher has been told everything up to this revision. */
  | { readonly type: 'BOOKMARK'; readonly revision: number }
