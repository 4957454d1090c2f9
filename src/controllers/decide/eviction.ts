import type { Node, Pod, Taint, Toleration } from '#api/core/v1.ts'
import { tolerates } from '#machinery/tolerations.ts'

export const evictingTaints = (node: Node | undefined): readonly Taint[] =>
  node?.spec?.taints?.filter(({ effect }) => effect === 'NoExecute') ?? []

/** How long a pod may stay on a node with these taints, in ms from when it met them; Infinity: for ever. */
export function stayMs(pod: Pod, taints: readonly Taint[]): number {
  const used: Toleration[] = []
  for (const taint of taints) {
    const toleration = pod.spec?.tolerations?.find(each => tolerates(each, taint))
    if (!toleration) return 0
    used.push(toleration)
  }
  const seconds = used.flatMap(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)],
  )
  return Math.min(Infinity, ...seconds) * 1000
}
