import { LimitRange } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { validateLimitItems } from './limit-items.ts'

export default resource(LimitRange, {
  shortNames: ['limits'],
  createOnUpdate: true,

  default(range) {
    for (const item of (range.spec ??= { limits: [] }).limits ?? []) {
      if (item.type !== 'Container') continue
      item.default = { ...item.max, ...item.default }
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest }
    }
  },

  *validate({ spec }) {
    yield* validateLimitItems(spec?.limits, 'spec.limits')
  },
})
