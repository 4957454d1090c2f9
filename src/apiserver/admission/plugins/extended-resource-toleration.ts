import { Pod } from '#api/core/v1.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'

const isExtended = (name: string): boolean =>
  name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')

/** A pod that asks for a special resource tolerates the nodes that are kept for it (upstream: ExtendedResourceToleration). */
export const extendedResourceToleration: Admission = {
  name: 'ExtendedResourceToleration',
  concerns: about([Pod]),

  default({ object }) {
    const { spec } = object as Pod
    const asked = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}).filter(isExtended),
    )
    for (const key of [...new Set(asked)].sort()) {
      const isThere = spec.tolerations?.some(each => each.key === key && each.operator === 'Exists' && !each.effect)
      if (!isThere) (spec.tolerations ??= []).push({ key, operator: 'Exists' })
    }
  },
}
