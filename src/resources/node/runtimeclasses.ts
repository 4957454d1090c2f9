import { RuntimeClass } from '#api/node/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { immutable, validateLabels } from '#machinery/metadata.ts'
import { dns1123Label } from '#machinery/names.ts'
import { named } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { deprecatedNodeLabel } from '#resources/core/node-labels.ts'
import { validateOverhead } from '#resources/core/pod-spec/requirements.ts'
import { validateTolerations } from '#resources/core/pod-spec/scheduling.ts'

export default resource(RuntimeClass, {
  createOnUpdate: true,
  conditionalUpdate: true,
  columns: [name, text('Handler', ({ handler }) => handler), age],

  *warn({ scheduling }) {
    for (const key of Object.keys(scheduling?.nodeSelector ?? {})) {
      const instead = deprecatedNodeLabel(key)
      if (instead) yield `scheduling.nodeSelector: ${instead}`
    }
  },

  *validate({ handler, overhead, scheduling }, before) {
    if (before) {
      yield* immutable(handler, before.handler, 'handler')
      return
    }
    yield* named(handler, 'handler', dns1123Label)
    if (overhead) yield* validateOverhead(overhead.podFixed, 'overhead')
    if (!scheduling) return
    yield* validateLabels(scheduling.nodeSelector, 'scheduling.nodeSelector')
    yield* validateTolerations(scheduling.tolerations, 'scheduling.tolerations')
  },
})
