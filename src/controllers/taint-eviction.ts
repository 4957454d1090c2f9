import { Node, Pod, type PodCondition } from '#api/core/v1.ts'
import { keyOf, keyText } from '#api/object.ts'
import { withCondition } from '#machinery/conditions.ts'
import { equal } from '#machinery/equality.ts'
import { timestamp } from '#machinery/time.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { evictingTaints, stayMs } from './decide/eviction.ts'

/** Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
export function taintEviction(): Controller<Pod> {
  /** Since when a pod that may stay for a while has been on its way out, by uid: its time runs on when taints come on top. */
  const since = new Map<string, number>()

  return {
    name: 'taint-eviction-controller',
    of: Pod,
    workers: 8,
    changed: (before, after) =>
      before.spec?.nodeName !== after.spec?.nodeName || !equal(before.spec?.tolerations, after.spec?.tolerations),
    watches: [
      watch(Node, {
        changed: (before, after) => !equal(evictingTaints(before), evictingTaints(after)),
        *wakes(node, cluster) {
          for (const pod of cluster.list(Pod, { node: node.metadata.name ?? '' })) yield keyOf(pod)
        },
      }),
    ],

    async reconcile(pod, cluster) {
      const { uid = '', deletionTimestamp } = pod.metadata
      const taints = evictingTaints(cluster.get(Node, { namespace: '', name: pod.spec?.nodeName ?? '' }))
      const stay = taints.length > 0 && !deletionTimestamp ? stayMs(pod, taints) : Infinity
      if (stay === Infinity) {
        if (since.delete(uid) && !deletionTimestamp)
          cluster.events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${keyText(keyOf(pod))}`)
        return
      }
      const now = cluster.clock.now().getTime()
      const met = since.get(uid) ?? now
      if (now < met + stay) {
        since.set(uid, met)
        return { afterMs: met + stay - now }
      }
      await evict(pod, cluster)
      since.delete(uid)
    },
  }
}

async function evict(pod: Readonly<Pod>, cluster: Cluster): Promise<void> {
  cluster.events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyText(keyOf(pod))}`)
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: timestamp(cluster.clock.now()),
  }
  const conditions = withCondition(pod.status?.conditions, condition)
  if (!equal(conditions, pod.status?.conditions))
    await cluster.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } })
  await cluster.delete(Pod, pod)
}
