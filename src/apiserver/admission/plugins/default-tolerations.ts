import { Pod } from '#api/core/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const
const seconds = 300

/** A pod stays five minutes on a node that is lost, unless it says otherwise (upstream: DefaultTolerationSeconds). */
export const defaultTolerations: Admission = {
  name: 'DefaultTolerationSeconds',
  concerns: about([Pod]),

  default({ object }) {
    const { spec } = object as Pod
    const tolerations = (spec.tolerations ??= [])
    for (const key of keys) {
      const spoken = tolerations.some(each => (each.key === key || !each.key) && (each.effect === 'NoExecute' || !each.effect))
      if (!spoken) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds })
    }
  },
}
