import type { ValidatingAdmissionPolicySpec } from '#api/admissionregistration/v1.ts'
import type { Kind } from '#api/kind.ts'

/** No more kinds are looked at. */
const most = 10

/** The kinds that a policy names outright, of those that are served: what it is about by a `*` is not checked. */
export function subjectsOf({ matchConstraints }: ValidatingAdmissionPolicySpec, served: readonly Kind[]): readonly Kind[] {
  const found = new Set<Kind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some(name => name.includes('*'))) continue
    for (const kind of served)
      if (apiGroups.includes(kind.group) && apiVersions.includes(kind.version) && resources.includes(kind.plural)) found.add(kind)
  }
  return [...found]
    .sort((a, b) => compare(a.group, b.group) || compare(a.version, b.version) || compare(a.kind, b.kind))
    .slice(0, most)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
