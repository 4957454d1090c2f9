import type { NonResourcePolicyRule, ResourcePolicyRule } from '#api/flowcontrol/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1123Label } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'

const verbs: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

/** Checks which requests for resources a flow schema is about. */
export function* validateResourceRule(rule: ResourcePolicyRule, path: string): Generator<Cause> {
  yield* validateVerbs(rule.verbs, `${path}.verbs`)
  if (!rule.apiGroups?.length) yield required(`${path}.apiGroups`, 'resource rules must supply at least one api group')
  yield* alone(rule.apiGroups, `${path}.apiGroups`, 'api groups')
  if (!rule.resources?.length) yield required(`${path}.resources`, 'resource rules must supply at least one resource')
  yield* alone(rule.resources, `${path}.resources`, 'resources')
  const { namespaces = [], clusterScope } = rule
  if (namespaces.length === 0 && !clusterScope)
    yield required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')
  else if (namespaces.includes('*')) yield* alone(namespaces, `${path}.namespaces`, 'namespaces')
  else
    yield* each(namespaces, `${path}.namespaces`, function* (namespace, at) {
      for (const problem of dns1123Label(namespace))
        yield invalidValue(at, namespace, `each member of this list must be '*' or a DNS-1123 label; ${problem}`)
    })
}

/** Checks which requests for other paths a flow schema is about. */
export function* validateNonResourceRule(rule: NonResourcePolicyRule, path: string): Generator<Cause> {
  yield* validateVerbs(rule.verbs, `${path}.verbs`)
  const { nonResourceURLs: urls = [] } = rule
  const at = `${path}.nonResourceURLs`
  if (urls.length === 0) yield required(at, 'nonResourceURLs must contain at least one value')
  else if (urls.includes('*')) yield* alone(urls, at, 'non-resource URLs')
  else yield* each(urls, at, validateUrl)
}

function* validateVerbs(asked: readonly string[] = [], path: string): Generator<Cause> {
  if (asked.length === 0) yield required(path, 'verbs must contain at least one value')
  else if (asked.includes('*')) yield* alone(asked, path, 'verbs')
  else if (!asked.every(verb => verbs.includes(verb))) yield notSupported(path, asked, verbs)
}

/** A `*` stands alone. */
function* alone(list: readonly string[] = [], path: string, others: string): Generator<Cause> {
  if (list.length > 1 && list.includes('*')) yield invalidValue(path, list, `if '*' is present, must not specify other ${others}`)
}

function* validateUrl(url: string, path: string): Generator<Cause> {
  const wildcards = url.split('*').length - 1
  const problem =
    url === ''
      ? 'must not be empty'
      : !url.startsWith('/')
        ? 'must start with slash'
        : url.includes(' ')
          ? 'must not contain white-space'
          : url.includes('//')
            ? 'must not contain double slash'
            : wildcards > 1 || (wildcards === 1 && !url.endsWith('/*'))
              ? 'wildcard can only do suffix matching'
              : undefined
  if (problem) yield invalidValue(path, url, problem)
}
