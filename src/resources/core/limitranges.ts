import { LimitRange } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, required } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'
import { validateQuantity, validateResourceName } from './pod-spec/requirements.ts'

const bounds = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

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
    const seen = new Set<string>()
    yield* each(spec?.limits, 'spec.limits', function* (item, at) {
      if (!item.type) yield required(`${at}.type`)
      if (seen.has(item.type)) yield duplicate(`${at}.type`, item.type)
      seen.add(item.type)
      for (const bound of bounds) {
        for (const [resourceName, quantity] of Object.entries(item[bound] ?? {})) {
          yield* validateResourceName(resourceName, `${at}.${bound}[${resourceName}]`)
          yield* validateQuantity(resourceName, quantity, `${at}.${bound}[${resourceName}]`)
        }
      }
    })
  },
})
