import { RuntimeClass } from '#api/node/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Label } from '#machinery/names.ts'
import { named } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

export default resource(RuntimeClass, {
  createOnUpdate: true,
  conditionalUpdate: true,
  columns: [name, text('Handler', ({ handler }) => handler), age],

  *validate({ handler }, before) {
    yield* named(handler, 'handler', dns1123Label)
    if (before) yield* immutable(handler, before.handler, 'handler')
  },
})
