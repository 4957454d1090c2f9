import { PodTemplate } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { labelsText, name, text } from '#resources/columns.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'

export default resource(PodTemplate, {
  generation: true,
  returnsDeleted: true,
  columns: [
    name,
    text('Containers', ({ template }) => (template?.spec?.containers ?? []).map(container => container.name).join(',')),
    text('Images', ({ template }) => (template?.spec?.containers ?? []).map(container => container.image ?? '').join(',')),
    text('Pod Labels', ({ template }) => labelsText(template?.metadata?.labels)),
  ],

  default(object) {
    defaultPodTemplate((object.template ??= { spec: { containers: [] } }))
  },

  *validate({ template }) {
    yield* validatePodTemplate(template!, 'template')
  },
})
