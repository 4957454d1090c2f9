import type { Pod } from '#api/core/v1.ts'
import type { Cache } from '#cache/cache.ts'

/** The pods of one node, as they are and as they change. */
export interface PodFeed {
  /** Resolves when the pods are known. */
  ready(signal: AbortSignal): Promise<void>
  list(): readonly Readonly<Pod>[]
  /** Told of each change: the pod as it now is, or undefined when it is gone. */
  subscribe(listener: (uid: string, pod: Readonly<Pod> | undefined) => void): () => void
}

/**
 * Shares one cache of pods (indexed by `node`) among any number of kubelets of a process: one subscription for all, so that a
 * change costs the same however many nodes there are.
 */
export function podsByNode(cache: Cache<Pod>): (node: string) => PodFeed {
  const listeners = new Map<string, (uid: string, pod: Readonly<Pod> | undefined) => void>()
  cache.subscribe((before, after) => {
    const [left, stays] = [before?.spec?.nodeName, after?.spec?.nodeName]
    if (before && left && (before.metadata.uid !== after?.metadata.uid || left !== stays))
      listeners.get(left)?.(before.metadata.uid!, undefined)
    if (after && stays) listeners.get(stays)?.(after.metadata.uid!, after)
  })
  return node => ({
    ready: signal => cache.ready(signal),
    list: () => cache.by('node', node),
    subscribe: listener => {
      listeners.set(node, listener)
      return () => listeners.delete(node)
    },
  })
}
