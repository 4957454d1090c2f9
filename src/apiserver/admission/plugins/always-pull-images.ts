import { type Container, Pod } from '#api/core/v1.ts'
import { invalid } from '#api/status.ts'
import { type Admission, about } from '#apiserver/admission/admission.ts'
import { notSupported } from '#machinery/causes.ts'

/** Every image is pulled anew, so that nobody runs what is on the node but not theirs to pull (upstream: AlwaysPullImages). */
export const alwaysPullImages: Admission = {
  name: 'AlwaysPullImages',
  concerns: about([Pod], ['CREATE', 'UPDATE'], ['', 'ephemeralcontainers']),

  default({ object, before }) {
    const images = new Set((before as Pod | undefined) && listed(before as Pod).map(([, { image }]) => image))
    for (const [, container] of listed(object as Pod))
      if (!before || !images.has(container.image)) container.imagePullPolicy = 'Always'
  },

  validate({ object, before, key }) {
    if (before) return
    const causes = listed(object as Pod)
      .filter(([, { imagePullPolicy }]) => imagePullPolicy !== 'Always')
      .map(([at, { imagePullPolicy }]) => notSupported(`${at}.imagePullPolicy`, imagePullPolicy, ['Always']))
    if (causes.length > 0) throw invalid(Pod, key.name, causes)
  },
}

type Pulled = Pick<Container, 'image' | 'imagePullPolicy'>

/** Every container of a pod, with where it is. */
const listed = ({ spec }: Pod): readonly (readonly [string, Pulled])[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    ((spec[list] ?? []) as Pulled[]).map((container, index) => [`spec.${list}[${index}]`, container] as const),
  )
