import type { Attributes, User } from '#apiserver/user.ts'

/** How much is written down of a request, from nothing to everything. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

/** When in a request's life something is written down of it. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

/** What is to be written down (audit.k8s.io/v1 Policy). The first rule that fits a request decides. */
export interface Policy {
  readonly rules: readonly Rule[]
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
}

/** A list that is empty leaves nothing out. */
export interface Rule {
  readonly level: Level
  readonly users: readonly string[]
  readonly userGroups: readonly string[]
  readonly verbs: readonly string[]
  readonly namespaces: readonly string[]
  readonly resources: readonly GroupResources[]
  readonly nonResourceURLs: readonly string[]
  readonly omitStages: readonly Stage[]
  /** Left out: as the policy says. */
  readonly omitManagedFields?: boolean
}

export interface GroupResources {
  readonly group: string
  /** `pods`, `pods/log`, `pods/*`, `*` and a subresource */
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

/** What a policy says of one request. */
export interface Ruling {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** What is to be written down of a request; nothing of one that no rule fits (upstream: audit/policy/checker.go). */
export function rulingOn(policy: Policy, user: User | undefined, attributes: Attributes): Ruling {
  const rule = policy.rules.find(each => fits(each, user, attributes))
  return {
    level: rule?.level ?? 'None',
    omitStages: new Set([...policy.omitStages, ...(rule?.omitStages ?? [])]),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields,
  }
}

function fits(rule: Rule, user: User | undefined, attributes: Attributes): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs: urls } = rule
  if (users.length > 0 && !users.includes(user?.name ?? '')) return false
  if (userGroups.length > 0 && !user?.groups.some(group => userGroups.includes(group))) return false
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false
  if (namespaces.length > 0 || resources.length > 0) return attributes.isResource && fitsResource(rule, attributes)
  if (urls.length > 0) return !attributes.isResource && urls.some(url => fitsPath(url, attributes.path))
  return true
}

function fitsResource({ namespaces, resources }: Rule, attributes: Attributes): boolean {
  if (namespaces.length > 0 && !namespaces.includes(attributes.namespace)) return false
  return resources.length === 0 || resources.some(each => isAmong(each, attributes))
}

function isAmong({ group, resources, resourceNames }: GroupResources, attributes: Attributes): boolean {
  if (group !== '*' && group !== attributes.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(attributes.name)) return false
  const { resource, subresource } = attributes
  const own = ['*', `${resource}/*`, ...(subresource ? [`${resource}/${subresource}`, `*/${subresource}`] : [resource])]
  return own.some(name => resources.includes(name))
}

const fitsPath = (url: string, path: string): boolean => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))
