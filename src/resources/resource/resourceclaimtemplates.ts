import { ResourceClaimTemplate } from '#api/resource/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { immutable, validateAnnotations, validateLabels } from '#machinery/metadata.ts'
import { age, name } from '#resources/columns.ts'
import { defaultDeviceClaim, validateDeviceClaim } from './device-claims.ts'

export default resource(ResourceClaimTemplate, {
  columns: [name, age],

  default(template) {
    const spec = (template.spec ??= { spec: {} })
    spec.spec ??= {}
    defaultDeviceClaim(spec.spec.devices)
  },

  *validate({ spec }, before) {
    if (before) {
      yield* immutable(spec, before.spec, 'spec')
      return
    }
    yield* validateAnnotations(spec.metadata?.annotations, 'spec.metadata.annotations')
    yield* validateLabels(spec.metadata?.labels, 'spec.metadata.labels')
    yield* validateDeviceClaim(spec.spec.devices, 'spec.spec.devices')
  },
})
