import type { Pod } from '#api/core/v1.ts'
import { maxScore, type SchedulerPlugin } from '#scheduler/plugin.ts'

const mebi = 1024 * 1024
const least = 23 * mebi
const mostPerContainer = 1000 * mebi

/** A node that has a pod's images already is better; an image counts less while few nodes have it, so that they are not flooded. */
export const imageLocality: SchedulerPlugin = {
  name: 'ImageLocality',
  weight: 1,
  consider({ pod }, snapshot) {
    const wanted = imagesOf(pod).filter(image => snapshot.spread(image) > 0)
    if (wanted.length === 0) return
    const most = mostPerContainer * (pod.spec.containers.length + (pod.spec.initContainers?.length ?? 0))
    const shares = wanted.map(image => ({ image, share: snapshot.spread(image) / snapshot.nodes.length }))
    return {
      score({ images }) {
        let bytes = 0
        for (const { image, share } of shares) bytes += Math.trunc((images.get(image) ?? 0) * share)
        return Math.floor((maxScore * (Math.min(Math.max(bytes, least), most) - least)) / (most - least))
      },
    }
  },
}

function imagesOf({ spec }: Pod): string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const volumes = spec.volumes?.map(volume => volume.image?.reference) ?? []
  return [...containers.map(container => container.image), ...volumes].filter(image => image !== undefined).map(tagged)
}

/** An image without a tag is its `latest`. A colon before the last slash is a registry's port. */
const tagged = (image: string): string => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image)
