import { tolerates } from '#machinery/tolerations.ts'
import type { SchedulerPlugin } from '#scheduler/plugin.ts'

const rejection = { reasons: ['node(s) were unschedulable'], lasting: true }
const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

/** A cordoned node takes only pods that tolerate the taint a cordon sets. */
export const nodeUnschedulable: SchedulerPlugin = {
  name: 'NodeUnschedulable',
  wokenBy: ['node added', 'node taints'],
  consider({ pod }) {
    if (pod.spec.tolerations?.some(each => tolerates(each, cordon))) return
    return { filter: ({ unschedulable }) => (unschedulable ? rejection : undefined) }
  },
}
