import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding, type RoleRef, type Subject } from '#api/rbac/v1.ts'
import type { Reader } from '#apiserver/reader.ts'
import type { Attributes, Authorizer, User } from '#apiserver/user.ts'

/** What one user may do: everywhere, and in single namespaces. */
export interface Rights {
  readonly everywhere: readonly PolicyRule[]
  readonly inNamespace: ReadonlyMap<string, readonly PolicyRule[]>
}

/** How many users' rights are remembered. */
const remembered = 1000

/** What a user may do, worked out once and forgotten whenever any role or binding changes. */
export function rightsFrom(reader: Reader): (user: User) => Rights {
  const known = new Map<string, Rights>()
  for (const kind of [Role, RoleBinding, ClusterRole, ClusterRoleBinding]) reader.store(kind).cache.subscribe(() => known.clear())
  return user => {
    const key = `${user.name}\n${user.groups.join('\n')}`
    let rights = known.get(key)
    if (!rights) {
      if (known.size >= remembered) known.clear()
      known.set(key, (rights = rightsOf(user, reader)))
    }
    return rights
  }
}

/** Role-based access control from the stored roles and bindings: a request costs one look-up and a walk over the user's own rules. */
export const rbac =
  (rights: (user: User) => Rights): Authorizer =>
  (user, attributes) => {
    const { everywhere, inNamespace } = rights(user)
    const allows = (rule: PolicyRule): boolean => ruleAllows(rule, attributes)
    if (everywhere.some(allows)) return 'allow'
    return attributes.namespace && inNamespace.get(attributes.namespace)?.some(allows) ? 'allow' : undefined
  }

function rightsOf(user: User, reader: Reader): Rights {
  const mine = (subjects: readonly Subject[] | undefined, namespace: string): boolean =>
    subjects?.some(subject => isSubject(subject, user, namespace)) ?? false
  const everywhere = reader
    .list(ClusterRoleBinding)
    .filter(({ subjects }) => mine(subjects, ''))
    .flatMap(({ roleRef }) => rulesOf(roleRef, '', reader))
  const inNamespace = new Map<string, PolicyRule[]>()
  for (const { metadata, subjects, roleRef } of reader.list(RoleBinding)) {
    const namespace = metadata.namespace!
    if (!mine(subjects, namespace)) continue
    inNamespace.set(namespace, [...(inNamespace.get(namespace) ?? []), ...rulesOf(roleRef, namespace, reader)])
  }
  return { everywhere, inNamespace }
}

function rulesOf({ kind, name }: RoleRef, namespace: string, reader: Reader): readonly PolicyRule[] {
  const role = kind === 'ClusterRole' ? reader.get(ClusterRole, { namespace: '', name }) : reader.get(Role, { namespace, name })
  return role?.rules ?? []
}

function isSubject({ kind, name, namespace }: Subject, user: User, bindingNamespace: string): boolean {
  if (kind === 'User') return user.name === name
  if (kind === 'Group') return user.groups.includes(name)
  return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace || bindingNamespace}:${name}`
}

/** Whether one rule allows a request (upstream: registry/rbac/validation and rbac/v1/evaluation_helpers.go). Pure. */
export function ruleAllows(
  rule: PolicyRule,
  { verb, isResource, path, group, resource, subresource, name }: Attributes,
): boolean {
  if (!has(rule.verbs, verb)) return false
  if (!isResource)
    return rule.nonResourceURLs?.some(url => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))) ?? false
  if (!has(rule.apiGroups, group)) return false
  if (rule.resourceNames?.length && !rule.resourceNames.includes(name)) return false
  const full = subresource ? `${resource}/${subresource}` : resource
  return has(rule.resources, full) || (subresource !== '' && (rule.resources?.includes(`*/${subresource}`) ?? false))
}

const has = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes(wanted) || list.includes('*'))
