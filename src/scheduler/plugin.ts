import type { NodeInfo, PodInfo } from './node-info.ts'
import type { Snapshot } from './snapshot.ts'

/** What happens in a cluster that may make a place for a pod that found none. */
export type ClusterEvent =
  | 'node added'
  | 'node allocatable'
  | 'node labels'
  | 'node taints'
  | 'pod assigned'
  | 'pod gone'
  | 'pod labels'

/** Why a node, or every node, will not do. */
export interface Rejection {
  readonly reasons: readonly string[]
  /** Evicting pods from the node would not help. */
  readonly lasting?: boolean
}

/** The highest score: plugins answer with whole numbers from 0 to this, before or after `normalize`. */
export const maxScore = 100

/** What a plugin has to say about one pod. */
export interface Opinion {
  /** No node will do, whichever it is: nothing else is asked then. */
  readonly hopeless?: string
  /** The only nodes worth looking at, by name. */
  readonly only?: ReadonlySet<string>
  /** May the pod run here? Nothing means yes. */
  filter?(node: NodeInfo): Rejection | undefined
  /** Told once which nodes passed every filter, before they are scored. */
  compare?(nodes: readonly NodeInfo[]): void
  /** How good is this node? Asked of the nodes that passed every filter. */
  score?(node: NodeInfo): number
  /** Brings the scores of all nodes to 0…`maxScore`, in place. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void
}

/**
 * One consideration in placing pods. `consider` runs once per pod; what it works out lives in the closures it returns.
 * Returning nothing means: this pod is no concern of mine.
 */
export interface SchedulerPlugin {
  /** As upstream names it. */
  readonly name: string
  /** How much its scores count. */
  readonly weight?: number
  /** What may make it change its mind about a pod it rejected. */
  readonly wokenBy?: readonly ClusterEvent[]
  consider(pod: PodInfo, snapshot: Snapshot): Opinion | undefined
}

/** Scales scores so that the highest becomes `maxScore`, in place. */
export function scale(scores: number[]): void {
  const top = Math.max(...scores)
  if (top === 0) return
  for (let at = 0; at < scores.length; at++) scores[at] = Math.floor((maxScore * scores[at]!) / top)
}

/** Scales scores, and turns them round: the highest becomes 0. */
export function scaleReversed(scores: number[]): void {
  scale(scores)
  for (let at = 0; at < scores.length; at++) scores[at] = maxScore - scores[at]!
}
