import type { Taint } from '#api/core/v1.ts'
import { tolerates, untolerated } from '#machinery/tolerations.ts'
import { type SchedulerPlugin, scaleReversed } from '#scheduler/plugin.ts'

const rejection = { reasons: ['node(s) had untolerated taint(s)'], lasting: true }
const repelling = ['NoSchedule', 'NoExecute']

/** Taints keep pods away that do not tolerate them; those that only prefer to, count against the node. */
export const taintToleration: SchedulerPlugin = {
  name: 'TaintToleration',
  weight: 3,
  wokenBy: ['node added', 'node taints'],
  consider({ pod }) {
    const tolerations = pod.spec.tolerations ?? []
    const disliked = (taint: Taint): boolean =>
      taint.effect === 'PreferNoSchedule' && !tolerations.some(each => tolerates(each, taint))
    return {
      filter: ({ taints }) => (taints.length > 0 && untolerated(taints, tolerations, repelling) ? rejection : undefined),
      score: ({ taints }) => (taints.length === 0 ? 0 : taints.filter(disliked).length),
      normalize: scaleReversed,
    }
  },
}
