import { Pod } from '#api/core/v1.ts'
import { type Admission, about, refused } from '#apiserver/admission/admission.ts'

const hostname = 'kubernetes.io/hostname'

/** A pod keeps others off its node at most, not off a whole zone (upstream: LimitPodHardAntiAffinityTopology). */
export const limitAntiAffinity: Admission = {
  name: 'LimitPodHardAntiAffinityTopology',
  concerns: about([Pod]),

  validate(review) {
    const { affinity } = (review.object as Pod).spec
    for (const { topologyKey } of affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      if (topologyKey !== hostname)
        throw refused(
          review,
          `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${topologyKey} but only key ${hostname} is allowed`,
        )
  },
}
