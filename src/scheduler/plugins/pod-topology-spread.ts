import type { Pod, TopologySpreadConstraint } from '#api/core/v1.ts'
import { type Selector, selectorFrom, selectorOf } from '#machinery/labels.ts'
import { requiredNodes } from '#machinery/node-affinity.ts'
import { untolerated } from '#machinery/tolerations.ts'
import type { NodeInfo } from '#scheduler/node-info.ts'
import { maxScore, type Opinion, type SchedulerPlugin } from '#scheduler/plugin.ts'
import type { Snapshot } from '#scheduler/snapshot.ts'

const skewed = { reasons: ["node(s) didn't match pod topology spread constraints"] }
const unlabelled = { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], lasting: true }
const hostname = 'kubernetes.io/hostname'

/** Pods of one kind spread evenly over zones, nodes, or whatever their constraints name. */
export const podTopologySpread: SchedulerPlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  wokenBy: ['node added', 'node labels', 'node taints', 'pod assigned', 'pod gone', 'pod labels'],
  consider({ pod }, snapshot) {
    const constraints = pod.spec.topologySpreadConstraints ?? []
    if (constraints.length === 0) return
    const compiled = (what: string): Constraint[] =>
      constraints.filter(each => each.whenUnsatisfiable === what).map(each => compile(each, pod, snapshot))
    const hard = compiled('DoNotSchedule')
    const soft = compiled('ScheduleAnyway')
    return { ...(hard.length > 0 && must(hard, pod, snapshot)), ...(soft.length > 0 && should(soft, snapshot)) }
  },
}

interface Constraint {
  readonly key: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selector: Selector
  /** How many pods each node has that the constraint is about. */
  readonly pods: ReadonlyMap<NodeInfo, number>
  /** Whether a node is one of those to spread over. */
  counts(node: NodeInfo): boolean
}

function compile(constraint: TopologySpreadConstraint, pod: Pod, snapshot: Snapshot): Constraint {
  const selector = selectorFor(constraint, pod)
  const asked = constraint.nodeAffinityPolicy === 'Ignore' ? undefined : requiredNodes(pod.spec)
  const honoursTaints = constraint.nodeTaintsPolicy === 'Honor'
  const tolerations = pod.spec.tolerations ?? []
  const { topologyKey: key, maxSkew, minDomains = 1 } = constraint
  return {
    key,
    maxSkew,
    minDomains,
    selector,
    pods: census(selector, pod.metadata.namespace ?? '', snapshot),
    counts: node =>
      (!asked || asked(node)) && !(honoursTaints && untolerated(node.taints, tolerations, ['NoSchedule', 'NoExecute'])),
  }
}

function selectorFor({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, { metadata }: Pod): Selector {
  const selector = selectorOf(labelSelector)
  const own = matchLabelKeys.filter(key => metadata.labels?.[key] !== undefined)
  if (own.length === 0 || !labelSelector) return selector
  const more = own.map(key => ({ key, operator: '=', values: [metadata.labels![key]!] }) as const)
  return selectorFrom([...selector.requirements, ...more])
}

/** An empty selector counts nothing, as upstream has it. Pods that are on their way out do not count either. */
function census(selector: Selector, namespace: string, snapshot: Snapshot): Map<NodeInfo, number> {
  const pods = new Map<NodeInfo, number>()
  if (selector.requirements.length === 0) return pods
  for (const { pod, home } of snapshot.podsIn(namespace)) {
    const { deletionTimestamp, labels } = pod.pod.metadata
    if (!deletionTimestamp && selector.matches(labels)) pods.set(home, (pods.get(home) ?? 0) + 1)
  }
  return pods
}

const hasAll = (constraints: readonly Constraint[], { labels }: NodeInfo): boolean =>
  constraints.every(({ key }) => labels[key] !== undefined)

/** Adds up the pods in each domain, over the nodes that count. */
function domains({ key, pods, counts }: Constraint, nodes: Iterable<NodeInfo>): Map<string, number> {
  const sums = new Map<string, number>()
  for (const node of nodes)
    if (counts(node)) sums.set(node.labels[key]!, (sums.get(node.labels[key]!) ?? 0) + (pods.get(node) ?? 0))
  return sums
}

function must(constraints: readonly Constraint[], { metadata }: Pod, snapshot: Snapshot): Pick<Opinion, 'filter'> {
  const nodes = snapshot.nodes.filter(node => hasAll(constraints, node))
  const limits = constraints.map(constraint => {
    const sums = domains(constraint, nodes)
    const least = sums.size < constraint.minDomains ? 0 : Math.min(...sums.values())
    const self = constraint.selector.matches(metadata.labels) ? 1 : 0
    return { key: constraint.key, sums, most: least + constraint.maxSkew - self }
  })
  return {
    filter({ labels }) {
      for (const { key, sums, most } of limits) {
        const domain = labels[key]
        if (domain === undefined) return unlabelled
        if ((sums.get(domain) ?? 0) > most) return skewed
      }
      return undefined
    },
  }
}

function should(constraints: readonly Constraint[], snapshot: Snapshot): Pick<Opinion, 'compare' | 'score' | 'normalize'> {
  const parts: { constraint: Constraint; sums: ReadonlyMap<string, number>; weight: number }[] = []
  return {
    compare(feasible) {
      const candidates = feasible.filter(node => hasAll(constraints, node))
      const everywhere = snapshot.nodes.filter(node => hasAll(constraints, node))
      for (const constraint of constraints) {
        const perNode = constraint.key === hostname
        const sums = perNode ? new Map<string, number>() : domains(constraint, everywhere)
        const size = perNode ? candidates.length : new Set(candidates.map(node => node.labels[constraint.key])).size
        // Many small domains differ less from each other than few large ones.
        parts.push({ constraint, sums, weight: Math.log(size + 2) })
      }
    },
    score(node) {
      if (!hasAll(constraints, node)) return 0
      let score = 0
      for (const { constraint, sums, weight } of parts) {
        const pods = constraint.key === hostname ? constraint.pods.get(node) : sums.get(node.labels[constraint.key]!)
        score += (pods ?? 0) * weight + constraint.maxSkew - 1
      }
      return Math.round(score)
    },
    normalize(scores, nodes) {
      const counted = scores.filter((_, at) => hasAll(constraints, nodes[at]!))
      const least = Math.min(...counted)
      const most = Math.max(0, ...counted)
      scores.forEach((score, at) => {
        if (!hasAll(constraints, nodes[at]!)) scores[at] = 0
        else scores[at] = most === 0 ? maxScore : Math.floor((maxScore * (most + least - score)) / most)
      })
    },
  }
}
