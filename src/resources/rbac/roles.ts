import { Role } from '#api/rbac/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { pathSegment } from '#resources/checks.ts'
import { validateRules } from './rules.ts'

export default resource(Role, {
  createOnUpdate: true,
  validateName: pathSegment,

  *validate({ rules }) {
    yield* validateRules(rules, true)
  },
})
