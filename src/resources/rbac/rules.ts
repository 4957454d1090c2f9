import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'

/** Checks what a role allows. */
export function* validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): Generator<Cause> {
  yield* each(
    rules,
    'rules',
    function* ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }, at) {
      if (!verbs?.length) yield required(`${at}.verbs`, 'verbs must contain at least one value')
      if (nonResourceURLs.length) {
        if (namespaced)
          yield invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')
        if (apiGroups.length + resources.length + resourceNames.length) {
          yield invalidValue(
            `${at}.nonResourceURLs`,
            nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          )
        }
        return
      }
      if (!apiGroups.length) yield required(`${at}.apiGroups`, 'resource rules must supply at least one api group')
      if (!resources.length) yield required(`${at}.resources`, 'resource rules must supply at least one resource')
    },
  )
}
