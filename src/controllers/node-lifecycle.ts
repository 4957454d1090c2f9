import { Lease } from '#api/coordination/v1.ts'
import { Node, Pod } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { equal } from '#machinery/equality.ts'
import { timestamp } from '#machinery/time.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { readyStatus, silentConditions, taintsOf } from './decide/node-health.ts'
import { readiness } from './decide/pods.ts'

const leases = 'kube-node-lease'
/** How often to look at a node that is not well: whether others are has a say in what becomes of it. */
const lookAgainMs = 5_000

export interface NodeLifecycleOptions {
  /** How long a kubelet may be silent before its node counts as lost. Default: 50 s. */
  readonly monitorGracePeriodMs?: number
  /** The same for a node that has never reported. Default: 60 s. */
  readonly startupGracePeriodMs?: number
}

/** A node's last sign of life: what it said, and when we saw that, by our own clock. */
interface Sign {
  readonly said: string
  readonly at: number
}

/** Watches over the nodes' signs of life (lease and status): a silent node's conditions become Unknown, its pods unready, and taints say so. */
export function nodeLifecycle(options: NodeLifecycleOptions = {}): Controller<Node> {
  const { monitorGracePeriodMs = 50_000, startupGracePeriodMs = 60_000 } = options
  const signs = new Map<string, Sign>()

  return {
    name: 'node-lifecycle-controller',
    source: 'node-controller',
    of: Node,
    needs: [Pod],
    watches: [
      watch(Lease, {
        *wakes({ metadata }) {
          if (metadata.namespace === leases) yield { namespace: '', name: metadata.name ?? '' }
        },
      }),
    ],

    async reconcile(node, cluster) {
      const { name = '' } = node.metadata
      const now = cluster.clock.now()
      if (!signs.has(name)) event(cluster, node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`)
      const sign = signOf(node, cluster, signs.get(name), now)
      signs.set(name, sign)
      const graceMs = readyStatus(node) === undefined ? startupGracePeriodMs : monitorGracePeriodMs
      const leftMs = sign.at + graceMs - now.getTime()
      const seen = leftMs < 0 ? await declareSilent(node, cluster) : node
      await taint(seen, cluster)
      if (readyStatus(seen) === 'Unknown') await unready(name, cluster)
      return { afterMs: readyStatus(seen) === 'True' ? leftMs + 1 : Math.min(lookAgainMs, leftMs < 0 ? lookAgainMs : leftMs + 1) }
    },

    gone({ name }) {
      signs.delete(name)
    },
  }
}

/** The node's last sign of life, given the one remembered. A node that has never reported has lived since it was made. */
function signOf(node: Node, cluster: Cluster, before: Sign | undefined, now: Date): Sign {
  const lease = cluster.get(Lease, { namespace: leases, name: node.metadata.name ?? '' })
  const ready = conditionOf(node.status?.conditions, 'Ready')
  const said = `${ready?.lastHeartbeatTime} ${lease?.spec?.renewTime}`
  if (before?.said === said) return before
  const never = !ready && !lease
  return { said, at: never && node.metadata.creationTimestamp ? Date.parse(node.metadata.creationTimestamp) : now.getTime() }
}

async function declareSilent(node: Readonly<Node>, cluster: Cluster): Promise<Node> {
  const conditions = silentConditions(node, cluster.clock.now())
  if (equal(conditions, node.status?.conditions)) return node
  const after = await cluster.updateStatus(Node, { ...node, status: { ...node.status, conditions } })
  if (readyStatus(node) === 'True') event(cluster, node, 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`)
  return after
}

async function taint(node: Readonly<Node>, cluster: Cluster): Promise<void> {
  const ready = readyStatus(node)
  const evict = ready !== 'True' && cluster.list(Node).some(each => readyStatus(each) === 'True')
  const taints = taintsOf(node, evict, cluster.clock.now())
  if (equal(taints, node.spec?.taints ?? [])) return
  const { uid, resourceVersion } = node.metadata
  const body = { metadata: { uid, resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }
  await cluster.patch(Node, keyOf(node), { type: 'merge', body })
}

/** Nobody can say any more that the pods of a silent node are ready, so they are not. */
async function unready(name: string, cluster: Cluster): Promise<void> {
  const ready = cluster.list(Pod, { node: name }).filter(pod => readiness(pod)?.status === 'True')
  await Promise.all(
    ready.map(async pod => {
      const lastTransitionTime = timestamp(cluster.clock.now())
      const conditions = pod.status?.conditions?.map(each =>
        each.type === 'Ready' ? { ...each, status: 'False', lastTransitionTime } : each,
      )
      try {
        await cluster.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions: conditions ?? [] } })
        cluster.events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error
      }
    }),
  )
}

const event = ({ events }: Cluster, node: Node, reason: string, message: string): void =>
  events.event(node, 'Normal', reason, message)
