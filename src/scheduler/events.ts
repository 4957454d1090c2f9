import type { Node, Pod } from '#api/core/v1.ts'
import { equal } from '#machinery/equality.ts'
import type { ClusterEvent } from './plugin.ts'

/** What of a node's change may make room for pods. A heartbeat is none of it. */
export function* nodeEvents(before: Node | undefined, after: Node | undefined): Generator<ClusterEvent> {
  if (!after) return
  if (!before) return yield 'node added'
  if (!equal(before.status?.allocatable, after.status?.allocatable)) yield 'node allocatable'
  if (!equal(before.metadata.labels, after.metadata.labels)) yield 'node labels'
  if (before.spec?.unschedulable !== after.spec?.unschedulable || !equal(before.spec?.taints, after.spec?.taints))
    yield 'node taints'
}

/** What of a placed pod's change may make room for other pods. */
export function* podEvents(before: Pod | undefined, after: Pod | undefined): Generator<ClusterEvent> {
  const was = before && placed(before)
  const is = after && placed(after)
  if (was && !is) yield 'pod gone'
  else if (!was && is) yield 'pod assigned'
  else if (was && is) {
    if (!equal(before.metadata.labels, after.metadata.labels)) yield 'pod labels'
    // Resized in place: a smaller request is room as well.
    if (before.metadata.generation !== after.metadata.generation) yield 'pod gone'
  }
}

const placed = ({ spec, status }: Pod): boolean =>
  Boolean(spec.nodeName) && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

/** Whether a pod that waits asks for something else than it did, or has lost the place that it waits for. */
export const asksAnew = (before: Pod, after: Pod): boolean =>
  !equal(before.spec, after.spec) ||
  !equal(before.metadata.labels, after.metadata.labels) ||
  (before.status?.nominatedNodeName !== undefined && after.status?.nominatedNodeName === undefined)
