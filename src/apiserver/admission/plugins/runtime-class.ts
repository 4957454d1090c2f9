import { Pod, type Toleration } from '#api/core/v1.ts'
import { RuntimeClass } from '#api/node/v1.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { equal } from '#machinery/equality.ts'

/** A pod of a runtime class goes where that can run, and counts for what running it costs besides (upstream: RuntimeClass). */
export const runtimeClass = (reader: Reader): Admission => ({
  name: 'RuntimeClass',
  concerns: about([Pod], ['CREATE']),

  async default(review) {
    const { spec } = review.object as Pod
    const chosen = await classOf(reader, review)
    const overhead = chosen?.overhead?.podFixed
    if (overhead) {
      if (spec.overhead && !equal(spec.overhead, overhead))
        throw refused(review, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
      spec.overhead = { ...overhead }
    }
    const { nodeSelector, tolerations } = chosen?.scheduling ?? {}
    for (const [key, value] of Object.entries(nodeSelector ?? {})) {
      const own = spec.nodeSelector?.[key]
      if (own !== undefined && own !== value)
        throw refused(
          review,
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
        )
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
    }
    if (tolerations) spec.tolerations = joined(spec.tolerations ?? [], tolerations)
  },

  async validate(review) {
    const { spec } = review.object as Pod
    if (!spec.overhead) return
    if (!spec.runtimeClassName)
      throw refused(review, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
    const overhead = (await classOf(reader, review))?.overhead?.podFixed
    if (!overhead) throw refused(review, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
    if (!equal(overhead, spec.overhead))
      throw refused(review, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
  },
})

async function classOf(reader: Reader, review: Review): Promise<Readonly<RuntimeClass> | undefined> {
  const name = (review.object as Pod).spec.runtimeClassName
  if (!name) return undefined
  const key = { namespace: '', name }
  // One that the cache does not show may have been made a moment ago.
  const found = reader.get(RuntimeClass, key) ?? (await reader.live(RuntimeClass, key))
  if (!found) throw refused(review, `pod rejected: RuntimeClass "${name}" not found`)
  return found
}

/** Both lists, without what the first says already. */
const joined = (own: readonly Toleration[], more: readonly Toleration[]): Toleration[] => [
  ...own,
  ...more.filter(each => !own.some(there => equal(there, each))).map(each => ({ ...each })),
]
