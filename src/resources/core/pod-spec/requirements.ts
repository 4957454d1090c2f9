import type { ResourceRequirements } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, notFound, required } from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { canonical, compare, milli, quantityError } from '#machinery/quantity.ts'
import { each } from '#resources/checks.ts'

const countedResources = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])
const standardResources = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'storage'].flatMap(name => [name, `requests.${name}`]),
  ...['cpu', 'memory', 'ephemeral-storage'].map(name => `limits.${name}`),
  ...countedResources,
])
const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage'])

const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0

/** Whether more of a resource may be promised than there is. */
const isOvercommitted = (name: string): boolean => isNative(name) && !isHugePages(name)

/** Checks what a container asks for and is held to. `claims` are the names of the pod's resource claims. */
export function* validateRequirements(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  path: string,
): Generator<Cause> {
  const { limits = {}, requests = {} } = resources ?? {}
  for (const [name, quantity] of Object.entries(limits)) {
    yield* validateContainerResourceName(name, `${path}.limits[${name}]`)
    yield* validateQuantity(name, quantity, `${path}.limits[${name}]`)
  }
  for (const [name, quantity] of Object.entries(requests)) {
    yield* validateContainerResourceName(name, `${path}.requests[${name}]`)
    yield* validateQuantity(name, quantity, `${path}.requests[${name}]`)
    yield* validateAgainstLimit(name, quantity, limits[name], path)
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    yield forbidden(path, 'HugePages require cpu or memory')
  }
  yield* validateClaims(resources, claims, `${path}.claims`)
}

function* validateAgainstLimit(name: string, quantity: string, limit: string | undefined, path: string): Generator<Cause> {
  if (limit === undefined) {
    if (!isOvercommitted(name)) yield required(`${path}.limits`, 'Limit must be set for non overcommitable resources')
    return
  }
  if (quantityError(quantity) || quantityError(limit)) return
  const order = compare(quantity, limit)
  if (order !== 0 && !isOvercommitted(name)) {
    yield invalidValue(`${path}.requests`, canonical(quantity), `must be equal to ${name} limit of ${canonical(limit)}`)
  } else if (order > 0) {
    yield invalidValue(
      `${path}.requests`,
      canonical(quantity),
      `must be less than or equal to ${name} limit of ${canonical(limit)}`,
    )
  }
}

function* validateClaims(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  path: string,
): Generator<Cause> {
  const seen = new Set<string>()
  yield* each(resources?.claims, path, function* ({ name, request }, at) {
    const id = request ? `${name}/${request}` : name
    if (!name) yield required(`${at}.name`)
    else if (seen.has(id)) yield duplicate(at, id)
    else if (!claims.has(name)) yield notFound(at, name)
    seen.add(id)
  })
}

/** Checks the name of a resource, wherever resources are counted. */
export function* validateResourceName(name: string, path: string): Generator<Cause> {
  const problems = qualifiedName(name)
  yield* invalidEach(path, name, problems)
  if (
    problems.length === 0 &&
    !name.includes('/') &&
    !standardResources.has(name) &&
    !isHugePages(name) &&
    !isHugePages(name.replace(/^requests\./, ''))
  ) {
    yield invalidValue(path, name, 'must be a standard resource type or fully qualified')
  }
}

function* validateContainerResourceName(name: string, path: string): Generator<Cause> {
  yield* validateResourceName(name, path)
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name))
      yield invalidValue(path, name, 'must be a standard resource for containers')
  } else if (!isNative(name) && !isExtended(name)) {
    yield invalidValue(path, name, "doesn't follow extended resource name standard")
  }
}

/** Checks an amount: not negative, and whole where the resource is counted in pieces. */
export function* validateQuantity(name: string, quantity: string, path: string): Generator<Cause> {
  const problem = quantityError(quantity)
  if (problem) {
    yield invalidValue(path, quantity, problem)
    return
  }
  if (compare(quantity, '0') < 0) yield invalidValue(path, canonical(quantity), 'must be greater than or equal to 0')
  if ((countedResources.has(name) || isExtended(name)) && milli(quantity) % 1000 !== 0) {
    yield invalidValue(path, canonical(quantity), 'must be an integer')
  }
}
