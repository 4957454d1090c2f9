import type { Pod } from '#api/core/v1.ts'
import type { AffinityTerm } from '#scheduler/affinity-terms.ts'
import type { NodeInfo, PodInfo } from '#scheduler/node-info.ts'
import { maxScore, type Opinion, type Rejection, type SchedulerPlugin } from '#scheduler/plugin.ts'
import type { Place, Snapshot } from '#scheduler/snapshot.ts'

const notNear = { reasons: ["node(s) didn't match pod affinity rules"], lasting: true }
const notFar = { reasons: ["node(s) didn't match pod anti-affinity rules"] }
const unwelcome = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] }

/** Pods go near the pods that they want to be near to and far from others; what placed pods want of newcomers counts as well. */
export const interPodAffinity: SchedulerPlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  wokenBy: ['node added', 'node labels', 'pod assigned', 'pod gone', 'pod labels'],
  consider(info, snapshot) {
    const filter = required(info, snapshot)
    const wishes = preferred(info, snapshot)
    if (!filter && !wishes) return
    return { ...(filter && { filter }), ...wishes } satisfies Opinion
  },
}

/** A number for each domain of each topology key. */
class Domains {
  readonly #sums: Map<string, Map<string, number>> = new Map()

  get empty(): boolean {
    return this.#sums.size === 0
  }

  /** Adds to the domain that a node is in, if it is in any. */
  add(topologyKey: string, { labels }: NodeInfo, amount: number): void {
    const domain = labels[topologyKey]
    if (domain === undefined) return
    let sums = this.#sums.get(topologyKey)
    if (!sums) this.#sums.set(topologyKey, (sums = new Map()))
    sums.set(domain, (sums.get(domain) ?? 0) + amount)
  }

  at(topologyKey: string, { labels }: NodeInfo): number {
    const domain = labels[topologyKey]
    return domain === undefined ? 0 : (this.#sums.get(topologyKey)?.get(domain) ?? 0)
  }

  /** The sum over all topologies. */
  total(node: NodeInfo): number {
    let total = 0
    for (const key of this.#sums.keys()) total += this.at(key, node)
    return total
  }
}

function required({ pod, affinity }: PodInfo, snapshot: Snapshot): Opinion['filter'] {
  const { near = [], far = [] } = affinity ?? {}
  const labelsOf = (namespace: string) => snapshot.labelsOf(namespace)
  const all = (terms: readonly AffinityTerm[], other: Pod): boolean =>
    terms.length > 0 && terms.every(term => term.matches(other, labelsOf))
  const friends = new Domains()
  const foes = new Domains()
  const guarded = new Domains()
  for (const { pod: other, home } of snapshot.opinionated) {
    for (const term of other.affinity!.far) if (term.matches(pod, labelsOf)) guarded.add(term.topologyKey, home, 1)
  }
  if (near.length > 0 || far.length > 0) {
    for (const { pod: other, home } of everyone(snapshot)) {
      if (all(near, other.pod)) for (const term of near) friends.add(term.topologyKey, home, 1)
      for (const term of far) if (term.matches(other.pod, labelsOf)) foes.add(term.topologyKey, home, 1)
    }
  } else if (guarded.empty) return
  // The first of pods that want to be near each other has nobody to be near to yet.
  const first = friends.empty && all(near, pod)
  return (node): Rejection | undefined => {
    if (near.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return notNear
    if (!first && near.some(({ topologyKey }) => friends.at(topologyKey, node) === 0)) return notNear
    if (far.some(({ topologyKey }) => foes.at(topologyKey, node) > 0)) return notFar
    return guarded.total(node) > 0 ? unwelcome : undefined
  }
}

function preferred({ pod, affinity }: PodInfo, snapshot: Snapshot): Pick<Opinion, 'score' | 'normalize'> | undefined {
  const { preferNear = [], preferFar = [] } = affinity ?? {}
  const labelsOf = (namespace: string) => snapshot.labelsOf(namespace)
  const liking = new Domains()
  const like = (terms: readonly AffinityTerm[], who: Pod, home: NodeInfo, sign: 1 | -1): void => {
    for (const term of terms) if (term.matches(who, labelsOf)) liking.add(term.topologyKey, home, sign * term.weight)
  }
  if (preferNear.length > 0 || preferFar.length > 0) {
    for (const { pod: other, home } of everyone(snapshot)) {
      like(preferNear, other.pod, home, 1)
      like(preferFar, other.pod, home, -1)
    }
  }
  for (const { pod: other, home } of snapshot.opinionated) {
    like(other.affinity!.near, pod, home, 1)
    like(other.affinity!.preferNear, pod, home, 1)
    like(other.affinity!.preferFar, pod, home, -1)
  }
  return liking.empty ? undefined : { score: node => liking.total(node), normalize: stretch }
}

/** Brings the lowest score to 0 and the highest to `maxScore`. */
function stretch(scores: number[]): void {
  const least = Math.min(...scores)
  const span = Math.max(...scores) - least
  for (const [at, score] of scores.entries()) scores[at] = span === 0 ? 0 : Math.trunc((maxScore * (score - least)) / span)
}

function* everyone(snapshot: Snapshot): Generator<Place> {
  for (const namespace of snapshot.namespaces) yield* snapshot.podsIn(namespace)
}
