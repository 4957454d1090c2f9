import { Pod } from '#api/core/v1.ts'
import { PriorityClass } from '#api/scheduling/v1.ts'
import { StatusError } from '#api/status.ts'
import { type Admission, newObject } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/reader.ts'

/** A pod's priority is the number behind its priority class, or the global default's, or 0 (upstream: Priority). */
export const priority = (reader: Reader): Admission => ({
  name: 'Priority',

  async default(review) {
    const pod = newObject(review, Pod)
    if (!pod || review.operation !== 'CREATE') return
    const { spec } = pod
    const forbidden = (why: string): StatusError =>
      new StatusError('Forbidden', `pods "${review.key.name}" is forbidden: ${why}`, { name: review.key.name, kind: 'pods' })
    const fallback = reader.list(PriorityClass).find(({ globalDefault }) => globalDefault)
    if (!spec.priorityClassName && fallback) spec.priorityClassName = fallback.metadata.name!
    const name = spec.priorityClassName
    const key = { namespace: '', name: name ?? '' }
    const found = name ? (reader.get(PriorityClass, key) ?? (await reader.live(PriorityClass, key))) : undefined
    if (name && !found) throw forbidden(`no PriorityClass with name ${name} was found`)
    const value = found?.value ?? 0
    if (spec.priority !== undefined && spec.priority !== value)
      throw forbidden(
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      )
    spec.priority = value
    spec.preemptionPolicy ??= found?.preemptionPolicy ?? 'PreemptLowerPriority'
  },
})
