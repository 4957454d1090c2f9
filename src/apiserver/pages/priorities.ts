import type { Kind } from '#api/kind.ts'

type GroupVersion = Pick<Kind, 'group' | 'version'>

/** How early built-in groups come when clients look for a name that several have (upstream: DefaultAPIServiceGroupPriorities). */
const groups: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'admissionregistration.k8s.io': 16700,
  'apiextensions.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'internal.apiserver.k8s.io': 16000,
  'resource.k8s.io': 15900,
  'storagemigration.k8s.io': 15800,
}

/** The priorities of versions that have not the usual one of a first stable version, 15. */
const versions: Readonly<Record<string, number>> = { '/v1': 1, 'autoscaling/v2': 30, 'flowcontrol.apiserver.k8s.io/v1': 21 }

/** What the APIService of a built-in group version says of its place; nothing for the group of APIServices, which has none. */
export function priorityOf({ group, version }: GroupVersion): { readonly group: number; readonly version: number } | undefined {
  const priority = groups[group]
  return priority === undefined ? undefined : { group: priority, version: versions[`${group}/${version}`] ?? 15 }
}

/** Sorts what clients prefer to the front: built-in groups first, then by name; in a group stable versions, and newer ones. */
export const byPriority = (a: GroupVersion, b: GroupVersion): number =>
  placeOf(b.group) - placeOf(a.group) || (a.group < b.group ? -1 : a.group > b.group ? 1 : byVersion(a.version, b.version))

/** The server that knows the others (upstream: kube-aggregator) shows its own group before theirs, but behind core. */
const placeOf = (group: string): number => (group === 'apiregistration.k8s.io' ? 17900 : (groups[group] ?? 0))

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
