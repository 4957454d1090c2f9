import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'

/** Which objects of a kind are meant. Nothing said: all of them, in all namespaces. */
export interface ListWhere {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly limit?: number | undefined
  readonly continue?: string | undefined
  /** `'0'`: whatever the server's cache holds. A number: nothing older. Nothing said: the newest there is. */
  readonly resourceVersion?: string | undefined
}

/** How an object is to be deleted, and what must still be true of it. */
export interface DeleteWhere {
  readonly graceSeconds?: number | undefined
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
}

/** A change to an object, as RFC 6902 (`json`), RFC 7386 (`merge`), Kubernetes' strategic merge, or server-side apply. */
export interface Patch {
  readonly type: 'merge' | 'json' | 'strategic' | 'apply'
  readonly body: unknown
  readonly subresource?: string
  readonly fieldManager?: string
  readonly force?: boolean
}

/** One page of a collection, and the revision it shows. */
export interface List<T> {
  readonly items: T[]
  readonly revision: number
  readonly continue?: string | undefined
}

/** What a watch says. A BOOKMARK's object has nothing but a resourceVersion. */
export interface RawWatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** Where a watch begins: after `revision`. The server ends it after `timeoutSeconds`, where that is said. */
export interface WatchWhere extends ListWhere {
  readonly revision: number
  readonly timeoutSeconds?: number
}

/** What it takes to follow a collection. */
export interface Reader {
  list<T extends KubeObject>(kind: Kind<T>, where: ListWhere, signal?: AbortSignal): Promise<List<T>>
  watch<T extends KubeObject>(kind: Kind<T>, where: WatchWhere, signal: AbortSignal): AsyncIterable<RawWatchEvent<T>>
}
