import { Node } from '#api/core/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'

const key = 'node.kubernetes.io/not-ready'

/** A new node takes no pods until it is known to be ready (upstream: TaintNodesByCondition). */
export const taintNodes: Admission = {
  name: 'TaintNodesByCondition',
  concerns: about([Node], ['CREATE']),

  default({ object }) {
    const taints = ((object as Node).spec.taints ??= [])
    if (!taints.some(taint => taint.key === key && taint.effect === 'NoSchedule')) taints.push({ key, effect: 'NoSchedule' })
  },
}
