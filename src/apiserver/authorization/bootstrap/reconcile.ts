import type { LabelSelector } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#api/rbac/v1.ts'
import { uncovered } from '#apiserver/authorization/rules.ts'
import { clone } from '#machinery/clone.ts'
import { equal } from '#machinery/equality.ts'
import { autoupdate } from './marks.ts'

/** A role with the rules put back that it lacks; nothing if it lacks none, or is not to be touched (upstream: component-helpers/auth/rbac/reconciliation). */
export function reconciledRole<T extends Role | ClusterRole>(current: Readonly<T>, wanted: Readonly<T>): T | undefined {
  const marked = remarked(current, wanted)
  if (!marked) return undefined
  const missing = selectorsOf(wanted).filter(each => !selectorsOf(marked).some(there => equal(each, there)))
  if (missing.length > 0)
    Object.assign(marked, { aggregationRule: { clusterRoleSelectors: [...selectorsOf(marked), ...clone(missing)] } })
  // The rules of an aggregated role are its controller's to say.
  else if (selectorsOf(marked).length === 0)
    marked.rules = [...(marked.rules ?? []), ...uncovered(marked.rules ?? [], wanted.rules ?? [])]
  return equal(marked, current) ? undefined : marked
}

const selectorsOf = (role: KubeObject): readonly LabelSelector[] =>
  (role as ClusterRole).aggregationRule?.clusterRoleSelectors ?? []

/** A binding with the subjects put back that it lacks; nothing if it lacks none, or is not to be touched. */
export function reconciledBinding<T extends RoleBinding | ClusterRoleBinding>(
  current: Readonly<T>,
  wanted: Readonly<T>,
): T | undefined {
  const marked = remarked(current, wanted)
  if (!marked) return undefined
  const missing = (wanted.subjects ?? []).filter(each => !marked.subjects?.some(there => equal(each, there)))
  if (missing.length > 0) marked.subjects = [...(marked.subjects ?? []), ...clone(missing)]
  return equal(marked, current) ? undefined : marked
}

/** A copy with the labels and annotations that it must have; nothing if it says that it is not to be touched. */
function remarked<T extends KubeObject>(current: Readonly<T>, { metadata: { labels, annotations } }: KubeObject): T | undefined {
  if (current.metadata.annotations?.[autoupdate] === 'false') return undefined
  const object = clone(current) as T
  object.metadata.labels = { ...object.metadata.labels, ...labels }
  object.metadata.annotations = { ...object.metadata.annotations, ...annotations }
  return object
}
