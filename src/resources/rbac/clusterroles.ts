import { ClusterRole } from '#api/rbac/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { required } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { each, pathSegment } from '#resources/checks.ts'
import { validateRules } from './rules.ts'

export default resource(ClusterRole, {
  createOnUpdate: true,
  validateName: pathSegment,

  *validate({ rules, aggregationRule }) {
    yield* validateRules(rules, false)
    if (!aggregationRule) return
    const { clusterRoleSelectors: selectors } = aggregationRule
    const path = 'aggregationRule.clusterRoleSelectors'
    if (!selectors?.length) yield required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')
    yield* each(selectors, path, validateSelector)
  },
})
