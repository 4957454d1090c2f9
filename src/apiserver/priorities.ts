import type { Kind } from '#api/kind.ts'

type GroupVersion = Pick<Kind, 'group' | 'version'>

/** Built-in groups in the order in which clients are to look for a name that several have (upstream: the priorities of APIServices). */
const groups: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'resource.k8s.io',
  'storagemigration.k8s.io',
]

/** Sorts what clients prefer to the front: built-in groups first, then by name; in a group stable versions, and newer ones. */
export const byPriority = (a: GroupVersion, b: GroupVersion): number =>
  placeOf(a.group) - placeOf(b.group) || (a.group < b.group ? -1 : a.group > b.group ? 1 : byVersion(a.version, b.version))

function placeOf(group: string): number {
  const at = groups.indexOf(group)
  return at < 0 ? groups.length : at
}

/** v10, v2, v1, v11beta2, v10beta3, v3beta1, v12alpha1, and then all others by name (upstream: CompareKubeAwareVersionStrings). */
export function byVersion(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)]
  if (!first || !second) return first ? -1 : second ? 1 : a < b ? -1 : a > b ? 1 : 0
  const at = first.findIndex((part, index) => part !== second[index])
  return at < 0 ? 0 : second[at]! - first[at]!
}

/** How stable a version is, and its numbers. */
function partsOf(version: string): readonly number[] | undefined {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  return major === undefined ? undefined : [['alpha', 'beta', undefined].indexOf(stage), Number(major), Number(minor ?? 0)]
}
