import { Pod, type PodCondition } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import type { Client } from '#client/client.ts'
import { timestamp } from '#machinery/time.ts'

/** Gives a pod to a node. Throws a StatusError when the server will not, e.g. because the pod is gone. */
export async function bind(client: Pick<Client, 'post' | 'patch'>, pod: Pod, node: string, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = pod.metadata
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } }
  await client.post(Pod, keyOf(pod), 'binding', binding, signal)
}

/** Writes into a pod's status that it was not scheduled, unless it says the same already. */
export async function markUnscheduled(
  client: Pick<Client, 'post' | 'patch'>,
  pod: Pod,
  said: { readonly reason: 'Unschedulable' | 'SchedulerError'; readonly message: string },
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const { generation } = pod.metadata
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    ...said,
    lastTransitionTime: before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : timestamp(now),
    ...(generation !== undefined && { observedGeneration: generation }),
  }
  if (before?.status === 'False' && before.reason === said.reason && before.message === said.message) return
  const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } }
  await client.patch(Pod, keyOf(pod), { type: 'strategic', body, subresource: 'status' }, signal)
}
