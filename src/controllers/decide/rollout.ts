import type { Deployment, ReplicaSet } from '#api/apps/v1.ts'

/** How far a rolling update may go above and below the wanted number of pods. Both 0 for Recreate. */
export interface Limits {
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/** A set, and how large it should become. */
export interface Scaling {
  readonly set: ReplicaSet
  readonly size: number
}

export const wanted = (object: Deployment | ReplicaSet): number => object.spec?.replicas ?? 1
const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0
const total = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((sum, set) => sum + count(set), 0)

/** The limits in pods. Were both to come to 0, nothing could ever move: then one pod may be missing. */
export function limitsOf(deployment: Deployment): Limits {
  const { type, rollingUpdate } = deployment.spec?.strategy ?? {}
  if (type !== 'RollingUpdate') return { maxSurge: 0, maxUnavailable: 0 }
  const maxSurge = pods(rollingUpdate?.maxSurge, wanted(deployment), Math.ceil)
  const maxUnavailable = pods(rollingUpdate?.maxUnavailable, wanted(deployment), Math.floor)
  return { maxSurge, maxUnavailable: Math.min(maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable, wanted(deployment)) }
}

/** `3` or `'25%'` of so many. */
function pods(value: number | string | undefined, of: number, round: (n: number) => number): number {
  if (typeof value !== 'string') return value ?? 0
  return round((Number(value.replace(/%$/, '')) * of) / 100)
}

/** How large the new set may be now, given the pods of all sets. */
export function sizeOfNew(deployment: Deployment, newSet: ReplicaSet, all: readonly ReplicaSet[]): number {
  const size = wanted(newSet)
  if (deployment.spec?.strategy?.type === 'Recreate' || size > wanted(deployment)) return wanted(deployment)
  const room = wanted(deployment) + limitsOf(deployment).maxSurge - total(all, wanted)
  return room <= 0 ? size : size + Math.min(room, wanted(deployment) - size)
}

/**
 * How far the old sets of a rolling update may shrink now. Pods that are not available go first, as they are missed by
 * nobody; then as many others as are available beyond the minimum. Oldest sets first.
 */
export function shrinkOld(deployment: Deployment, newSet: ReplicaSet, old: readonly ReplicaSet[]): Scaling[] {
  const all = [...old, newSet]
  const least = wanted(deployment) - limitsOf(deployment).maxUnavailable
  const oldestFirst = old.filter(set => wanted(set) > 0).sort(byCreation)
  const sizes = new Map(oldestFirst.map(set => [set, wanted(set)]))

  let spare = total(all, wanted) - least - (wanted(newSet) - available(newSet))
  if (spare <= 0) return []
  const shrink = (set: ReplicaSet, by: number): number => {
    const size = sizes.get(set) ?? 0
    const less = Math.max(0, Math.min(by, size))
    sizes.set(set, size - less)
    return less
  }
  for (const set of oldestFirst) spare -= shrink(set, Math.min(spare, wanted(set) - available(set)))
  let surplus = total(all, available) - least
  for (const set of oldestFirst) surplus -= shrink(set, surplus)
  return oldestFirst.map(set => ({ set, size: sizes.get(set) ?? 0 })).filter(({ set, size }) => size !== wanted(set))
}

/**
 * The sizes of all sets when a deployment is scaled: while a rollout is under way every set gets its share of what is
 * added or taken away; the largest takes what rounding leaves over.
 */
export function scaleSets(deployment: Deployment, newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): Scaling[] {
  const all = newSet ? [...old, newSet] : [...old]
  const active = all.filter(set => wanted(set) > 0)
  const newest = newSet ?? [...old].sort(byCreation).at(-1)
  const only = active.length === 0 ? newest : active.length === 1 ? active[0] : undefined
  if (only) return [{ set: only, size: wanted(deployment) }]
  if (active.length === 0) return []
  if (newSet && isSaturated(deployment, newSet)) return active.filter(set => set !== newSet).map(set => ({ set, size: 0 }))
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return []
  return proportional(deployment, active)
}

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Scaling[] {
  const most = wanted(deployment) > 0 ? wanted(deployment) + limitsOf(deployment).maxSurge : 0
  const change = most - total(active, wanted)
  const age = change > 0 ? (a: ReplicaSet, b: ReplicaSet) => byCreation(b, a) : byCreation
  const largestFirst = [...active].sort((a, b) => wanted(b) - wanted(a) || age(a, b))
  let changed = 0
  const shares = largestFirst.map(set => {
    const left = change - changed
    const share =
      change > 0 ? Math.min(shareOf(set, deployment), left) : change < 0 ? Math.max(shareOf(set, deployment), left) : 0
    changed += share
    return share
  })
  return largestFirst.map((set, index) => {
    const leftover = index === 0 ? change - changed : 0
    return { set, size: Math.max(0, wanted(set) + (shares[index] ?? 0) + leftover) }
  })
}

/** By how much a set changes if it keeps its part of the whole. The whole it was part of is written on it. */
function shareOf(set: ReplicaSet, deployment: Deployment): number {
  if (wanted(deployment) === 0) return -wanted(set)
  const before = Number(set.metadata.annotations?.[maxReplicas]) || deployment.status?.replicas || 0
  if (before === 0) return 0
  return Math.round((wanted(set) * (wanted(deployment) + limitsOf(deployment).maxSurge)) / before) - wanted(set)
}

/** Whether the new set has taken over, at the size the deployment has now. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const size = wanted(deployment)
  return wanted(set) === size && Number(set.metadata.annotations?.[desiredReplicas]) === size && available(set) === size
}

/** Whether the deployment's size has changed since its sets were last scaled. */
export function wasScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some(set => {
    const desired = set.metadata.annotations?.[desiredReplicas]
    return wanted(set) > 0 && desired !== undefined && Number(desired) !== wanted(deployment)
  })
}

/** What sets remember of the deployment's size when they were last scaled. */
export const desiredReplicas = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicas = 'deployment.kubernetes.io/max-replicas'

/** Those two, for a deployment as it is. */
export const sizeAnnotations = (deployment: Deployment): Record<string, string> => ({
  [desiredReplicas]: String(wanted(deployment)),
  [maxReplicas]: String(wanted(deployment) + limitsOf(deployment).maxSurge),
})

/** Oldest first; by name where they are of one second. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [first = '', second = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return first === second ? (a.metadata.name! < b.metadata.name! ? -1 : 1) : first < second ? -1 : 1
}
