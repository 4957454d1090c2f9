import { Pod } from '#api/core/v1.ts'
import { PriorityClass } from '#api/scheduling/v1.ts'
import { type Admission, about, type Place, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'

const ofPods = about([Pod])
const ofClasses = about([PriorityClass])

/** A pod's priority is the number behind its priority class, or the global default's, or 0; there is one global default (upstream: Priority). */
export const priority = (reader: Reader): Admission => {
  /** The global default; of several that were made at once, the lowest. */
  const fallback = (): Readonly<PriorityClass> | undefined =>
    reader
      .list(PriorityClass)
      .filter(({ globalDefault }) => globalDefault)
      .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
  return {
    name: 'Priority',
    concerns: (place: Place) => ofPods(place) || ofClasses(place),

    async default(review) {
      if (review.resource.kind.kind !== Pod.kind) return
      const { spec } = review.object as Pod
      const before = review.before as Pod | undefined
      if (before) {
        // What clients that know nothing of priorities leave out stays.
        if (spec.priority === undefined && before.spec.priority !== undefined) spec.priority = before.spec.priority
        if (spec.preemptionPolicy === undefined && before.spec.preemptionPolicy)
          spec.preemptionPolicy = before.spec.preemptionPolicy
        return
      }
      const chosen = spec.priorityClassName ? await classOf(reader, review, spec.priorityClassName) : fallback()
      if (chosen) spec.priorityClassName = chosen.metadata.name!
      const value = chosen?.value ?? 0
      const policy = chosen?.preemptionPolicy ?? 'PreemptLowerPriority'
      if (spec.priority !== undefined && spec.priority !== value)
        throw refused(
          review,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        )
      spec.priority = value
      if (spec.preemptionPolicy && spec.preemptionPolicy !== policy)
        throw refused(
          review,
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
        )
      spec.preemptionPolicy = policy
    },

    validate(review) {
      if (review.resource.kind.kind !== PriorityClass.kind) return
      const { metadata, globalDefault } = review.object as PriorityClass
      const other = globalDefault ? fallback() : undefined
      if (!other || other.metadata.name === metadata.name) return
      throw refused(review, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`)
    },
  }
}

/** The class of a name. One that the cache does not show may have been made a moment ago. */
async function classOf(reader: Reader, review: Review, name: string): Promise<Readonly<PriorityClass>> {
  const key = { namespace: '', name }
  const found = reader.get(PriorityClass, key) ?? (await reader.live(PriorityClass, key))
  if (!found) throw refused(review, `no PriorityClass with name ${name} was found`)
  return found
}
