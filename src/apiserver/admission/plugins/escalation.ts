import type { KubeObject } from '#api/object.ts'
import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding } from '#api/rbac/v1.ts'
import { notFound } from '#api/status.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Authority } from '#apiserver/authorization/authority.ts'
import { isMaster } from '#apiserver/authorization/masters.ts'
import { rulesFor } from '#apiserver/authorization/rbac.ts'
import { described, uncovered } from '#apiserver/authorization/rules.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { quote } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'

const group = 'rbac.authorization.k8s.io'
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/**
 * Nobody gives away more than they have: neither in a role nor by binding one, unless they hold the verb `escalate` on the
 * role, or `bind` on the role that is bound (upstream: registry/rbac/…/policybased).
 */
export function escalation(reader: Reader, { authorize, grants }: Pick<Authority, 'authorize' | 'grants'>): Admission {
  const may = async (
    { user }: Review,
    verb: string,
    resource: string,
    { namespace, name }: { namespace: string; name: string },
  ): Promise<boolean> => {
    const asked = { verb, path: '', isResource: true, group, version: 'v1', resource, subresource: '', namespace, name }
    return (await authorize(user, asked)).decision === 'allow'
  }
  const confirm = (review: Review, rules: readonly PolicyRule[], why?: string): void => {
    const { user, key } = review
    const held = rulesFor(grants, user, key.namespace)
    const missing = uncovered(held.rules, rules)
    if (missing.length === 0) return
    const groups = user.groups.map(quote).join(' ')
    const list = described(missing).join('\n')
    const errors = held.errors.length > 0 ? `; resolution errors: [${held.errors.join(' ')}]` : ''
    throw refused(
      review,
      why ??
        `user ${quote(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${list}${errors}`,
    )
  }
  const confirmRole = async (review: Review): Promise<void> => {
    const { operation, key, resource } = review
    const role = review.object as ClusterRole
    if (await may(review, 'escalate', resource.kind.plural, operation === 'CREATE' ? { ...key, name: '' } : key)) return
    confirm(review, role.rules ?? [])
    if (gathers(role) || gathers(review.before as ClusterRole | undefined))
      confirm(review, everything, 'must have cluster-admin privileges to use the aggregationRule')
  }
  const confirmBinding = async (review: Review): Promise<void> => {
    const { roleRef } = review.object as RoleBinding
    const { namespace } = review.key
    const kind = roleRef?.kind === 'ClusterRole' ? ClusterRole : Role
    const key = { namespace: kind === Role ? namespace : '', name: roleRef?.name ?? '' }
    if (roleRef?.apiGroup === group && (await may(review, 'bind', kind.plural, { namespace, name: key.name }))) return
    // One that the cache does not show may have been made a moment ago.
    const role = (await reader.live<Role | ClusterRole>(kind, key)) ?? undefined
    if (!role) throw notFound(kind, key.name)
    confirm(review, role.rules ?? [])
  }
  const kinds = [Role, ClusterRole, RoleBinding, ClusterRoleBinding]
  return {
    name: 'RBACEscalation',
    concerns: about(kinds),
    async mutate(review) {
      if (isMaster(review.user) || isOnlyCollected(review.object!, review.before)) return
      const { kind } = review.resource.kind
      await (kind === Role.kind || kind === ClusterRole.kind ? confirmRole : confirmBinding)(review)
    },
  }
}

const gathers = (role: ClusterRole | undefined): boolean => Boolean(role?.aggregationRule?.clusterRoleSelectors?.length)

/** Whether an update changes only what the garbage collector must be able to change. */
function isOnlyCollected(object: KubeObject, before: KubeObject | undefined): boolean {
  if (!before) return false
  const { ownerReferences: _, finalizers: __, managedFields: ___, ...metadata } = before.metadata
  const { ownerReferences, finalizers, managedFields } = object.metadata
  const expected = { ...before, metadata: { ...metadata, ownerReferences, finalizers, managedFields } }
  return equal(object, expected)
}
