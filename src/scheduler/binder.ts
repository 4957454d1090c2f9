import { Pod, type PodCondition } from '#api/core/v1.ts'
import type { ListMeta } from '#api/meta/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'
import { preempted } from './preemption/preempt.ts'

/** What the scheduler writes by. */
export type Pen = Pick<Client, 'post' | 'patch' | 'delete'>

/** Gives a pod to a node. Throws a StatusError when the server will not, e.g. because the pod is gone. */
export async function bind(client: Pen, pod: Pod, node: string, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = pod.metadata
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } }
  await client.post(Pod, keyOf(pod), 'binding', binding, signal)
}

/** That a pod was not scheduled, and whether it has been promised a node: undefined leaves that as it is, '' takes it back. */
export interface Unscheduled {
  readonly reason: 'Unschedulable' | 'SchedulerError'
  readonly message: string
  readonly nominatedNodeName?: string | undefined
}

/** Writes into a pod's status that it was not scheduled, unless it says the same already. */
export async function markUnscheduled(
  client: Pen,
  pod: Pod,
  { nominatedNodeName, ...said }: Unscheduled,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const before = conditionOf(pod.status?.conditions, 'PodScheduled')
  const since = before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : timestamp(now)
  const condition = observed(pod, { type: 'PodScheduled', status: 'False', ...said, lastTransitionTime: since })
  const saysSo = before?.status === 'False' && before.reason === said.reason && before.message === said.message
  const promised = pod.status?.nominatedNodeName ?? ''
  const promises = nominatedNodeName !== undefined && nominatedNodeName !== promised
  if (saysSo && !promises) return
  const status = { conditions: [condition], ...(promises && { nominatedNodeName: nominatedNodeName || null }) }
  await patchStatus(client, pod, status, signal)
}

/** Takes back what a pod has been promised. */
export const withdraw = (client: Pen, pod: Pod, signal: AbortSignal): Promise<unknown> =>
  unlessGone(() => patchStatus(client, pod, { nominatedNodeName: null }, signal))

/**
 * Deletes a pod in favour of another, and says in its status why. Answers the revision that is news of it, or nothing where it has gone
 * already.
 */
export function evict(client: Pen, victim: Pod, preemptor: Pod, now: Date, signal: AbortSignal): Promise<number | undefined> {
  const condition = observed(victim, {
    type: 'DisruptionTarget',
    status: 'True',
    reason: preempted,
    message: `${preemptor.spec.schedulerName}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: timestamp(now),
  })
  return unlessGone(async () => {
    const told = await patchStatus(client, victim, { conditions: [condition] }, signal)
    const left = await client.delete(Pod, keyOf(victim), { uid: victim.metadata.uid! }, signal)
    return Math.max(...[told, left].map(({ metadata }: { metadata?: ListMeta }) => Number(metadata?.resourceVersion ?? 0)))
  })
}

const observed = ({ metadata: { generation } }: Pod, condition: PodCondition): PodCondition => ({
  ...condition,
  ...(generation !== undefined && { observedGeneration: generation }),
})

function patchStatus(client: Pen, pod: Pod, status: object, signal: AbortSignal): Promise<Pod> {
  const body = { metadata: { uid: pod.metadata.uid }, status }
  return client.patch(Pod, keyOf(pod), { type: 'strategic', body, subresource: 'status' }, signal)
}

/** A pod that has gone, or that another has taken the name of, needs nothing any more. */
async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return undefined
    throw error
  }
}
