import { Node } from '#api/core/v1.ts'
import { type Admission, newObject } from '#apiserver/admission/admission.ts'

const key = 'node.kubernetes.io/not-ready'

/** A new node takes no pods until it is known to be ready (upstream: TaintNodesByCondition). */
export const taintNodes: Admission = {
  name: 'TaintNodesByCondition',

  default(review) {
    const node = newObject(review, Node)
    if (!node || review.operation !== 'CREATE') return
    const taints = (node.spec.taints ??= [])
    if (!taints.some(taint => taint.key === key && taint.effect === 'NoSchedule')) taints.push({ key, effect: 'NoSchedule' })
  },
}
