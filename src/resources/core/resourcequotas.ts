import { ResourceQuota } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { immutable } from '#machinery/metadata.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateQuantity, validateResourceName } from './pod-spec/requirements.ts'

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

  *validate({ spec }, before) {
    for (const [resourceName, quantity] of Object.entries(spec?.hard ?? {})) {
      const path = `spec.hard[${resourceName}]`
      // `count/…` names a kind of object by its plural and group.
      if (!resourceName.startsWith('count/')) yield* validateResourceName(resourceName, path)
      yield* validateQuantity(resourceName, quantity, path)
    }
    if (before) yield* immutable(spec?.scopes ?? [], before.spec?.scopes ?? [], 'spec.scopes')
  },
})

const used = ({ status }: ResourceQuota, shown: (resourceName: string) => boolean): string =>
  Object.entries(status?.hard ?? {})
    .filter(([resourceName]) => shown(resourceName))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([resourceName, hard]) => `${resourceName}: ${status?.used?.[resourceName] ?? '0'}/${hard}`)
    .join(', ')
