import { keyOf } from '#api/object.ts'
import { ClusterRole, type PolicyRule } from '#api/rbac/v1.ts'
import { equal } from '#machinery/equality.ts'
import { selectorOf } from '#machinery/labels.ts'
import { type Controller, watch } from '#reconcile/controller.ts'

const isAggregated = ({ aggregationRule }: Readonly<ClusterRole>): boolean =>
  Boolean(aggregationRule?.clusterRoleSelectors?.length)

/** Whether a role gathers the rules of another. */
const gathers = (role: Readonly<ClusterRole>, other: Readonly<ClusterRole>): boolean =>
  role.metadata.name !== other.metadata.name &&
  role.aggregationRule!.clusterRoleSelectors!.some(selector => selectorOf(selector).matches(other.metadata.labels))

/** Gathers into ClusterRoles with an aggregationRule the rules of all those that it selects. */
export const clusterRoleAggregation: Controller<ClusterRole> = {
  name: 'clusterrole-aggregation-controller',
  of: ClusterRole,
  watches: [
    watch(ClusterRole, {
      *wakes(role, cluster) {
        for (const other of cluster.list(ClusterRole)) if (isAggregated(other) && gathers(other, role)) yield keyOf(other)
      },
    }),
  ],

  async reconcile(role, cluster) {
    if (!isAggregated(role)) return
    const rules: PolicyRule[] = []
    // In the order of their names, as the cache lists them.
    for (const other of cluster.list(ClusterRole).filter(each => gathers(role, each)))
      for (const rule of other.rules ?? []) if (!rules.some(each => equal(each, rule))) rules.push(rule)
    if (equal(rules, role.rules ?? [])) return
    await cluster.update(ClusterRole, { ...role, rules })
  },
}
