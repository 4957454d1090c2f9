import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '#api/flowcontrol/v1.ts'
import type { Attributes, User } from '#apiserver/user.ts'

/** Whether a request is of a flow schema. */
export type Matcher = (user: User, attributes: Attributes) => boolean

/** What a flow schema says of requests, made ready once to be asked of each (upstream: util/flowcontrol/rule.go). */
export function matcherOf({ spec: { rules = [] } }: FlowSchema): Matcher {
  const matchers = rules.map(ruleMatcher)
  return (user, attributes) => {
    for (const matches of matchers) if (matches(user, attributes)) return true
    return false
  }
}

function ruleMatcher({ subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects): Matcher {
  const isSubject = subjectMatcher(subjects)
  const resources = resourceRules.map(resourceMatcher)
  const paths = nonResourceRules.map(pathMatcher)
  return (user, attributes) => {
    if (!isSubject(user)) return false
    for (const matches of attributes.isResource ? resources : paths) if (matches(attributes)) return true
    return false
  }
}

/** Service accounts are users with a long name; all of a namespace have its beginning. */
function subjectMatcher(subjects: readonly Subject[]): (user: User) => boolean {
  const names = new Set<string | undefined>()
  const groups = new Set<string | undefined>()
  const beginnings: string[] = []
  for (const { kind, user, group, serviceAccount: account } of subjects) {
    if (kind === 'User') names.add(user?.name)
    if (kind === 'Group') groups.add(group?.name)
    if (kind !== 'ServiceAccount' || !account) continue
    const home = `system:serviceaccount:${account.namespace}:`
    if (account.name === '*') beginnings.push(home)
    else names.add(home + account.name)
  }
  if (names.has('*') || groups.has('*')) return () => true
  return user => {
    if (names.has(user.name)) return true
    for (const group of user.groups) if (groups.has(group)) return true
    for (const beginning of beginnings) if (user.name.startsWith(beginning)) return true
    return false
  }
}

function resourceMatcher({ verbs, apiGroups, resources, namespaces = [], clusterScope = false }: ResourcePolicyRule) {
  const [isVerb, isGroup, isResource, isNamespace] = [verbs, apiGroups, resources, namespaces].map(oneOf) as [
    Test,
    Test,
    Test,
    Test,
  ]
  return ({ verb, group, resource, subresource, namespace }: Attributes): boolean =>
    isVerb(verb) &&
    isResource(subresource ? `${resource}/${subresource}` : resource) &&
    isGroup(group) &&
    (namespace ? isNamespace(namespace) : clusterScope)
}

function pathMatcher({ verbs, nonResourceURLs }: NonResourcePolicyRule) {
  const isVerb = oneOf(verbs)
  const places = nonResourceURLs.map(url => ({ url, below: url.replace(/\*$/, '').replace(/\/?$/, '/') }))
  return ({ verb, path }: Attributes): boolean =>
    isVerb(verb) && places.some(({ url, below }) => url === '*' || url === path || path.startsWith(below))
}

type Test = (value: string) => boolean

/** Whether a value is in a list; a list of one asterisk has all. */
function oneOf(list: readonly string[]): Test {
  if (list.length === 1 && list[0] === '*') return () => true
  const known = new Set(list)
  return value => known.has(value)
}
