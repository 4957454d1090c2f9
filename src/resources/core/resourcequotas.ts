import { type ResourceList, ResourceQuota } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateQuantity, validateQuotaResourceName } from './pod-spec/requirements.ts'
import { validateScopes } from './quota-scopes.ts'

export default resource(ResourceQuota, {
  shortNames: ['quota'],
  status: true,
  returnsDeleted: true,
  columns: [
    name,
    text('Request', quota => used(quota, resourceName => !resourceName.startsWith('limits.'))),
    text('Limit', quota => used(quota, resourceName => resourceName.startsWith('limits.'))),
    age,
  ],

  default(quota) {
    quota.spec ??= {}
  },

  prepare(quota, before) {
    if (!before) quota.status = {}
  },

  *validate({ spec = {} }, before) {
    yield* validateAmounts(spec.hard, 'spec.hard')
    yield* validateScopes(spec, 'spec')
    if (before && new Set(spec.scopes).symmetricDifference(new Set(before.spec?.scopes)).size)
      yield invalidValue('spec.scopes', spec.scopes ?? null, 'field is immutable')
  },

  *validateStatus({ status }) {
    yield* validateAmounts(status?.hard, 'status.hard')
    yield* validateAmounts(status?.used, 'status.used')
  },
})

function* validateAmounts(amounts: ResourceList | undefined, path: string): Generator<Cause> {
  for (const [resourceName, quantity] of Object.entries(amounts ?? {})) {
    yield* validateQuotaResourceName(resourceName, `${path}[${resourceName}]`)
    yield* validateQuantity(resourceName, quantity, `${path}[${resourceName}]`)
  }
}

const used = ({ status }: ResourceQuota, shown: (resourceName: string) => boolean): string =>
  Object.entries(status?.hard ?? {})
    .filter(([resourceName]) => shown(resourceName))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([resourceName, hard]) => `${resourceName}: ${status?.used?.[resourceName] ?? '0'}/${hard}`)
    .join(', ')
