import { PriorityClass } from '#api/scheduling/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { oneOfIfSet } from '#resources/checks.ts'
import { age, boolean, integer, name, text } from '#resources/columns.ts'

/** The highest priority that users may give; above it the system lives. */
const highest = 1_000_000_000
const systemClasses: Record<string, number> = {
  'system-cluster-critical': 2 * highest,
  'system-node-critical': 2 * highest + 1000,
}

export default resource(PriorityClass, {
  shortNames: ['pc'],
  generation: true,
  columns: [
    name,
    integer('Value', ({ value }) => value),
    boolean('Global-Default', ({ globalDefault }) => globalDefault),
    age,
    text('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],

  default(priority) {
    priority.preemptionPolicy ??= 'PreemptLowerPriority'
  },

  *validate({ metadata, value = 0, preemptionPolicy }, before) {
    if (before) {
      if (value !== (before.value ?? 0)) yield forbidden('value', 'may not be changed in an update.')
      yield* immutable(preemptionPolicy, before.preemptionPolicy, 'preemptionPolicy')
      return
    }
    const { name = '' } = metadata
    if (name.startsWith('system-')) {
      if (systemClasses[name] !== value) {
        const why =
          name in systemClasses
            ? `value of ${name} PriorityClass must be ${systemClasses[name]}`
            : `${name} is not a known system priority class`
        yield forbidden(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
        )
      }
    } else if (value > highest) yield forbidden('value', `maximum allowed value of a user defined priority is ${highest}`)
    yield* oneOfIfSet(preemptionPolicy, 'preemptionPolicy', ['PreemptLowerPriority', 'Never'])
  },
})
