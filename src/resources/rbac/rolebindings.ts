import { RoleBinding } from '#api/rbac/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { pathSegment } from '#resources/checks.ts'
import { columns, defaultBinding, validateBinding } from './binding.ts'

export default resource(RoleBinding, {
  createOnUpdate: true,
  validateName: pathSegment,
  columns,
  default: defaultBinding,

  *validate(binding, before) {
    yield* validateBinding(binding, before, ['Role', 'ClusterRole'])
  },
})
