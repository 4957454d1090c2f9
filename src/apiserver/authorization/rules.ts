import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Attributes } from '#apiserver/user.ts'
import { quote } from '#machinery/causes.ts'

type Asked = Pick<Attributes, 'verb' | 'isResource' | 'path' | 'group' | 'resource' | 'subresource' | 'name'>

/** Whether one rule allows a request (upstream: rbac/v1/evaluation_helpers.go). */
export const ruleAllows = (rule: PolicyRule, asked: Asked): boolean =>
  asked.isResource ? concernsResource(rule, asked) && namesOf(rule, asked.name) : allowsPath(rule, asked)

/** Whether a rule is about what a request does, whatever the object's name. */
export function concernsResource(
  rule: PolicyRule,
  { verb, group, resource, subresource }: Omit<Asked, 'name' | 'path'>,
): boolean {
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group)) return false
  const full = subresource ? `${resource}/${subresource}` : resource
  return has(rule.resources, full) || (subresource !== '' && (rule.resources?.includes(`*/${subresource}`) ?? false))
}

const namesOf = ({ resourceNames }: PolicyRule, name: string): boolean => !resourceNames?.length || resourceNames.includes(name)

const allowsPath = ({ verbs, nonResourceURLs }: PolicyRule, { verb, path }: Pick<Asked, 'verb' | 'path'>): boolean =>
  has(verbs, verb) && (nonResourceURLs?.some(url => url === '*' || coversUrl(url, path)) ?? false)

const has = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes(wanted) || list.includes('*'))

const coversUrl = (owned: string, path: string): boolean =>
  owned === path || (owned.endsWith('*') && path.startsWith(owned.replace(/\*+$/, '')))

/** What of `wanted` no rule of `owned` covers, each as a rule of one verb on one thing (upstream: component-helpers/auth/rbac/validation/policy_comparator.go). */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(singles).filter(single => !owned.some(rule => covers(rule, single)))
}

/** A rule taken apart. */
function singles({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] {
  const found: PolicyRule[] = []
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (resourceNames.length === 0) found.push(single)
        for (const name of resourceNames) found.push({ ...single, resourceNames: [name] })
      }
  for (const url of nonResourceURLs) for (const verb of verbs) found.push({ verbs: [verb], nonResourceURLs: [url] })
  return found
}

function covers(owned: PolicyRule, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): boolean {
  const [verb, group, resource, name, url] = [verbs[0]!, apiGroups?.[0], resources?.[0], resourceNames?.[0], nonResourceURLs?.[0]]
  if (!has(owned.verbs, verb)) return false
  if (url !== undefined) return owned.nonResourceURLs?.some(each => coversUrl(each, url)) ?? false
  if (!has(owned.apiGroups, group!)) return false
  const subresource = resource!.split('/')[1]
  const isCovered =
    has(owned.resources, resource!) || (subresource !== undefined && (owned.resources?.includes(`*/${subresource}`) ?? false))
  return isCovered && (!owned.resourceNames?.length || (name !== undefined && owned.resourceNames.includes(name)))
}

/** Single rules as people read them: verbs on one thing together, a line each, sorted. */
export function described(rules: readonly PolicyRule[]): readonly string[] {
  const together = Map.groupBy(rules, ({ verbs: _, ...thing }) => JSON.stringify(thing))
  const lines = [...together.values()].map(group => compact({ ...group[0]!, verbs: group.flatMap(({ verbs }) => verbs) }))
  return [...new Set(lines)].sort()
}

const compact = ({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string => {
  const parts = {
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  }
  const said = Object.entries(parts).filter(([, list]) => list?.length)
  return `{${said.map(([name, list]) => `${name}:[${list!.map(quote).join(' ')}]`).join(', ')}}`
}
