import type { KubeObject } from '#api/object.ts'
import type { RoleBinding, Subject } from '#api/rbac/v1.ts'
import type { Cause } from '#api/status.ts'
import type { Column } from '#apiserver/resource.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each, named, pathSegment } from '#resources/checks.ts'
import { age, name, text, wide } from '#resources/columns.ts'

const group = 'rbac.authorization.k8s.io'

/** What bindings of both scopes have. */
export interface Binding extends KubeObject {
  roleRef: RoleBinding['roleRef']
  subjects?: Subject[]
}

/** Fills in the API groups that a binding leaves out. */
export function defaultBinding(binding: Binding): void {
  binding.roleRef ??= { apiGroup: group, kind: '', name: '' }
  binding.roleRef.apiGroup ||= group
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= group
  }
}

/** Says what is wrong with a binding to one of these kinds of role. */
export function* validateBinding(binding: Binding, before: Binding | undefined, roleKinds: readonly string[]): Generator<Cause> {
  const { roleRef, subjects } = binding
  if (roleRef.apiGroup !== group) yield notSupported('roleRef.apiGroup', roleRef.apiGroup, [group])
  if (!roleKinds.includes(roleRef.kind)) yield notSupported('roleRef.kind', roleRef.kind ?? '', roleKinds)
  yield* named(roleRef.name, 'roleRef.name', pathSegment)
  yield* each(subjects, 'subjects', (subject, at) => validateSubject(subject, roleKinds.includes('Role'), at))
  if (before && !equal(roleRef, before.roleRef)) {
    // Upstream prints its own struct here, by its Go names.
    const printed = { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name }
    yield invalidValue('roleRef', printed, 'cannot change roleRef')
  }
}

function* validateSubject(
  { kind, name: subject, apiGroup = '', namespace }: Subject,
  namespaced: boolean,
  path: string,
): Generator<Cause> {
  if (!subject) yield required(`${path}.name`)
  if (kind === 'ServiceAccount') {
    if (subject) yield* named(subject, `${path}.name`, dns1123Subdomain)
    if (apiGroup) yield notSupported(`${path}.apiGroup`, apiGroup, [''])
    if (!namespaced && !namespace) yield required(`${path}.namespace`)
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== group) yield notSupported(`${path}.apiGroup`, apiGroup, [group])
  } else yield notSupported(`${path}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])
}

const subjectsText = (kind: string) => (binding: Binding) =>
  (binding.subjects ?? [])
    .filter(subject => subject.kind === kind)
    .map(subject => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
    .join(', ')

/** What kubectl shows of bindings. */
export const columns: readonly Column<Binding>[] = [
  name,
  text('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  age,
  wide(text('Users', subjectsText('User'))),
  wide(text('Groups', subjectsText('Group'))),
  wide(text('ServiceAccounts', subjectsText('ServiceAccount'))),
]
