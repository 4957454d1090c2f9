import { type Level, levels, type Policy, type Rule, type Stage, stages } from '#apiserver/audit/policy.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import { Reading } from './reading.ts'

/** Reads an audit policy (audit.k8s.io/v1 Policy). Throws all that is wrong with it, field by field, in upstream's words. */
export function readPolicy(text: string): Policy {
  const wrong: string[] = []
  const root = new Reading(decodeYaml(text), '', wrong)
  const { kind, apiVersion } = root.value
  if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1')
    throw new Error(`unknown group version field ${apiVersion}, Kind=${kind} in policy`)
  root.only('kind', 'apiVersion', 'metadata', 'rules', 'omitStages', 'omitManagedFields')
  const rules = root.list('rules').map(ruleOf)
  const policy = { rules, omitStages: stagesIn(root), omitManagedFields: root.flag('omitManagedFields') }
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules')
  return policy
}

function ruleOf(rule: Reading): Rule {
  rule.only(
    'level',
    'users',
    'userGroups',
    'verbs',
    'namespaces',
    'resources',
    'nonResourceURLs',
    'omitStages',
    'omitManagedFields',
  )
  const level = rule.text('level', true)
  if (level && !isLevel(level))
    rule.refuse('level', `Unsupported value: "${level}": supported values: ${levels.map(name => `"${name}"`).join(', ')}`)
  const nonResourceURLs = rule.texts('nonResourceURLs')
  const resources = rule.list('resources')
  const namespaces = rule.texts('namespaces')
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0)
    rule.refuse('nonResourceURLs', 'rules cannot apply to both regular resources and non-resource URLs')
  for (const [at, url] of nonResourceURLs.entries()) {
    const refuse = (why: string): void => rule.refuse(`nonResourceURLs[${at}]`, `Invalid value: ${JSON.stringify(url)}: ${why}`)
    if (url !== '*' && !url.startsWith('/')) refuse("non-resource URL rules must begin with a '/' character")
    if (url.slice(0, -1).includes('*')) refuse("non-resource URL wildcards '*' must be the final character of the rule")
  }
  return {
    level: level as Level,
    users: rule.texts('users'),
    userGroups: rule.texts('userGroups'),
    verbs: rule.texts('verbs'),
    namespaces,
    resources: resources.map(resourcesOf),
    nonResourceURLs,
    omitStages: stagesIn(rule),
    ...('omitManagedFields' in rule.value && { omitManagedFields: rule.flag('omitManagedFields') }),
  }
}

function resourcesOf(each: Reading): Rule['resources'][number] {
  each.only('group', 'resources', 'resourceNames')
  const group = each.text('group')
  const problems = group && group !== '*' ? [...dns1123Subdomain(group)] : []
  if (problems.length > 0) each.refuse('group', `Invalid value: ${JSON.stringify(group)}: ${problems.join(',')}`)
  const [resources, resourceNames] = [each.texts('resources'), each.texts('resourceNames')]
  if (resourceNames.length > 0 && resources.length === 0)
    each.refuse('resourceNames', 'using resourceNames requires at least one resource')
  return { group, resources, resourceNames }
}

const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text)

const stagesIn = (from: Reading): Stage[] =>
  from.texts('omitStages').map(stage => {
    if (!(stages as readonly string[]).includes(stage))
      from.refuse('omitStages', `Invalid value: ${JSON.stringify(stage)}: allowed stages are ${stages.join(',')}`)
    return stage as Stage
  })
