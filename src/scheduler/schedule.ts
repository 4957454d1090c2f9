import type { NodeInfo, PodInfo } from './node-info.ts'
import type { Opinion, Rejection, SchedulerPlugin } from './plugin.ts'
import type { Snapshot } from './snapshot.ts'

/** Where a pod should go. `examined` nodes were looked at, from the start index on. */
export interface Placed {
  readonly node: NodeInfo
  readonly examined: number
}

/** Why a pod can go nowhere. */
export interface Unplaced {
  readonly node?: undefined
  readonly examined: number
  readonly nodes: number
  /** One reason for all nodes, when there was no need to look at any. */
  readonly hopeless?: string
  /** Each node that was looked at. */
  readonly rejections: ReadonlyMap<NodeInfo, Rejection>
  /** What the nodes that were not looked at have in common. */
  readonly others?: string
  /** The names of the plugins that rejected a node. */
  readonly rejectedBy: ReadonlySet<string>
}

/** What a choice depends on besides the pod and the cluster. */
export interface Chance {
  /** Where in the list of nodes to begin, so that all nodes get their turn. */
  readonly start: number
  /** 0 ≤ random() < 1: breaks ties. */
  random(): number
}

interface Voice {
  readonly plugin: SchedulerPlugin
  readonly opinion: Opinion
}

/** Chooses a node for a pod. Pure: the same pod, cluster and chance give the same answer. */
export function schedule(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly SchedulerPlugin[],
  chance: Chance,
): Placed | Unplaced {
  const voices = hear(pod, snapshot, plugins)
  const hopelessTo = voices.find(({ opinion }) => opinion.hopeless !== undefined)
  if (hopelessTo) return hopeless(hopelessTo, snapshot)
  const filters = voices.filter(({ opinion }) => opinion.filter)
  const test = (node: NodeInfo): Objection | undefined =>
    objectionOf(filters, node) ?? objectionOfPromised(pod, snapshot, plugins, node)
  const promise = snapshot.promiseTo(pod)
  if (promise && !test(promise)) return { node: promise, examined: 1 }
  const narrow = voices.find(({ opinion }) => opinion.only)
  const nodes = narrow ? [...narrow.opinion.only!].flatMap(name => snapshot.node(name) ?? []) : snapshot.nodes
  const { feasible, rejections, rejectedBy } = sift(nodes, test, chance.start)
  const examined = feasible.length + rejections.size
  if (feasible.length > 0) return { node: best(feasible, voices, chance), examined }
  if (!narrow) return { examined, nodes: snapshot.nodes.length, rejections, rejectedBy }
  const others = `node(s) didn't satisfy plugin(s) [${narrow.plugin.name}]`
  return { examined, nodes: snapshot.nodes.length, rejections, others, rejectedBy: rejectedBy.add(narrow.plugin.name) }
}

/** Why one node will not do for a pod, seen all by itself: not now, or not when those are there who have been promised it and go before. */
export const objection = (
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly SchedulerPlugin[],
  node: NodeInfo,
): Rejection | undefined =>
  (objectionOf(hear(pod, snapshot, plugins), node) ?? objectionOfPromised(pod, snapshot, plugins, node))?.rejection

interface Objection {
  readonly plugin: SchedulerPlugin
  readonly rejection: Rejection
}

/** What each plugin has to say; the last is the first that sees no hope at all. */
function hear(pod: PodInfo, snapshot: Snapshot, plugins: readonly SchedulerPlugin[]): Voice[] {
  const voices: Voice[] = []
  for (const plugin of plugins) {
    const opinion = plugin.consider(pod, snapshot)
    if (opinion) voices.push({ plugin, opinion })
    if (opinion?.hopeless !== undefined) break
  }
  return voices
}

function objectionOf(voices: readonly Voice[], node: NodeInfo): Objection | undefined {
  for (const { plugin, opinion } of voices) {
    const rejection = opinion.filter?.(node)
    if (rejection) return { plugin, rejection }
  }
  return undefined
}

function objectionOfPromised(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly SchedulerPlugin[],
  node: NodeInfo,
): Objection | undefined {
  const promised = snapshot.promised(node, pod)
  if (promised.length === 0) return undefined
  return snapshot.supposing(promised, node, () => objectionOf(hear(pod, snapshot, plugins), node))
}

const hopeless = ({ plugin, opinion }: Voice, snapshot: Snapshot): Unplaced => ({
  examined: 0,
  nodes: snapshot.nodes.length,
  hopeless: opinion.hopeless!,
  rejections: new Map(),
  rejectedBy: new Set([plugin.name]),
})

/**
 * How many nodes that fit are enough to choose among: all of up to 100, then a share that falls from half to 5 % as the
 * cluster grows, but never fewer than 100.
 */
export function enough(nodes: number): number {
  if (nodes < 100) return nodes
  const percent = Math.max(50 - Math.floor(nodes / 125), 5)
  return Math.max(100, Math.floor((nodes * percent) / 100))
}

function sift(nodes: readonly NodeInfo[], test: (node: NodeInfo) => Objection | undefined, start: number) {
  const wanted = enough(nodes.length)
  const feasible: NodeInfo[] = []
  const rejections = new Map<NodeInfo, Rejection>()
  const rejectedBy = new Set<string>()
  for (let at = 0; at < nodes.length && feasible.length < wanted; at++) {
    const node = nodes[(start + at) % nodes.length]!
    const objection = test(node)
    if (objection) {
      rejections.set(node, objection.rejection)
      rejectedBy.add(objection.plugin.name)
    } else feasible.push(node)
  }
  return { feasible, rejections, rejectedBy }
}

function best(nodes: readonly NodeInfo[], voices: readonly Voice[], { random }: Chance): NodeInfo {
  if (nodes.length === 1) return nodes[0]!
  const totals = nodes.map(() => 0)
  for (const { plugin, opinion } of voices) {
    if (!opinion.score) continue
    opinion.compare?.(nodes)
    const scores = nodes.map(node => opinion.score!(node))
    opinion.normalize?.(scores, nodes)
    const weight = plugin.weight ?? 1
    for (let at = 0; at < scores.length; at++) totals[at]! += weight * scores[at]!
  }
  let winner = 0
  let ties = 1
  for (let at = 1; at < totals.length; at++) {
    if (totals[at]! > totals[winner]!) [winner, ties] = [at, 1]
    // Each of n equals wins with the chance of 1/n, without knowing n beforehand.
    else if (totals[at] === totals[winner] && random() * ++ties < 1) winner = at
  }
  return nodes[winner]!
}
