import type { NamedRuleWithOperations, Rule, RuleWithOperations } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { each, oneOfIfSet, pathSegment } from '#resources/checks.ts'

const operations: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

/** Which requests a webhook or a policy is about (upstream: pkg/apis/admissionregistration/validation). */
export function* validateRule(rule: RuleWithOperations, path: string): Generator<Cause> {
  const { operations: asked = [] } = rule
  if (asked.length === 0) yield required(`${path}.operations`)
  yield* alone(asked, `${path}.operations`, 'operations')
  yield* each(asked, `${path}.operations`, function* (operation, at) {
    if (!operations.includes(operation)) yield notSupported(at, operation, operations)
  })
  yield* validateWhat(rule, path)
}

/** The same, narrowed to objects of some names. */
export function* validateNamedRule(rule: NamedRuleWithOperations, path: string): Generator<Cause> {
  const { resourceNames = [] } = rule
  yield* each(resourceNames, `${path}.resourceNames`, function* (name, at, index) {
    yield* invalidEach(at, name, pathSegment(name))
    if (resourceNames.indexOf(name) < index) yield duplicate(at, name)
  })
  yield* validateRule(rule, path)
}

function* validateWhat({ apiGroups = [], apiVersions = [], resources = [], scope }: Rule, path: string): Generator<Cause> {
  if (apiGroups.length === 0) yield required(`${path}.apiGroups`)
  yield* alone(apiGroups, `${path}.apiGroups`, 'API groups')
  if (apiVersions.length === 0) yield required(`${path}.apiVersions`)
  yield* alone(apiVersions, `${path}.apiVersions`, 'API versions')
  yield* each(apiVersions, `${path}.apiVersions`, function* (version, at) {
    if (!version) yield required(at)
  })
  yield* validateResources(resources, `${path}.resources`)
  yield* oneOfIfSet(scope, `${path}.scope`, ['*', 'Cluster', 'Namespaced'])
}

function* validateResources(resources: readonly string[], path: string): Generator<Cause> {
  if (resources.length === 0) yield required(path)
  const wholes = new Set<string>()
  const everywhere = new Set<string>()
  // Upstream looks at the last resource without a subresource only.
  let named = false
  for (const [index, each] of resources.entries()) {
    const at = `${path}[${index}]`
    const slash = each.indexOf('/')
    if (each === '') yield required(at)
    else if (slash < 0) named = each !== '*'
    else {
      const [resource, subresource] = [each.slice(0, slash), each.slice(slash + 1)]
      if (wholes.has(resource)) yield invalidValue(at, each, `if '${resource}/*' is present, must not specify ${each}`)
      if (everywhere.has(subresource)) yield invalidValue(at, each, `if '*/${subresource}' is present, must not specify ${each}`)
      if (subresource === '*') wholes.add(resource)
      if (resource === '*') everywhere.add(subresource)
    }
  }
  if (resources.length > 1 && resources.includes('*/*'))
    yield invalidValue(path, resources, "if '*/*' is present, must not specify other resources")
  if (resources.includes('*') && named)
    yield invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources")
}

/** A `*` stands alone. */
function* alone(list: readonly string[], path: string, others: string): Generator<Cause> {
  if (list.length > 1 && list.includes('*')) yield invalidValue(path, list, `if '*' is present, must not specify other ${others}`)
}
