import type { ResourceList, ResourceRequirements } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { bigMilli, canonical, compare, milli, quantityError, roundUp } from '#machinery/quantity.ts'
import { validateClaimNames } from './claims.ts'

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

const hugePages = 'hugepages-'

/** Whether a resource is pages of memory of a certain size. */
export const isHugePages = (name: string): boolean => name.startsWith(hugePages)
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0

/** Whether more of a resource may be promised than there is. */
export const isOvercommitted = (name: string): boolean => isNative(name) && !isHugePages(name)

/** Checks the names of what is asked for. */
export type ResourceNameCheck = (name: string, path: string) => Iterable<Cause>

/** Checks what a container, or a pod as a whole, asks for and is held to. `claims` are the names of the pod's resource claims. */
export function* validateRequirements(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  checkName: ResourceNameCheck,
  path: string,
): Generator<Cause> {
  if (!resources) return
  const { limits = {}, requests = {} } = resources
  for (const [name, quantity] of Object.entries(limits)) {
    const at = `${path}.limits[${name}]`
    yield* checkName(name, at)
    yield* validateQuantity(name, quantity, at)
    yield* validatePages(name, quantity, at)
  }
  for (const [name, quantity] of Object.entries(requests)) {
    const at = `${path}.requests[${name}]`
    yield* checkName(name, at)
    yield* validateQuantity(name, quantity, at)
    yield* validateAgainstLimit(name, quantity, limits[name], path)
    yield* validatePages(name, quantity, at)
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    yield forbidden(path, 'HugePages require cpu or memory')
  }
  yield* validateClaimNames(resources.claims, claims, `${path}.claims`)
}

/** Checks what a pod takes besides what its containers ask for. The path is upstream's. */
export const validateOverhead = (overhead: ResourceList | undefined, path: string): Iterable<Cause> =>
  validateRequirements(overhead && { limits: overhead }, new Set(), validateContainerResourceName, path)

function* validateAgainstLimit(name: string, quantity: string, limit: string | undefined, path: string): Generator<Cause> {
  if (limit === undefined) {
    if (!isOvercommitted(name)) yield required(`${path}.limits`, 'Limit must be set for non overcommitable resources')
    return
  }
  if (quantityError(quantity) || quantityError(limit)) return
  const order = compare(quantity, limit)
  const relation = order !== 0 && !isOvercommitted(name) ? 'equal to' : order > 0 ? 'less than or equal to' : undefined
  if (relation)
    yield invalidValue(`${path}.requests`, canonical(quantity), `must be ${relation} ${name} limit of ${canonical(limit)}`)
}

/** Large pages of memory come whole. */
function* validatePages(name: string, quantity: string, path: string): Generator<Cause> {
  if (!isHugePages(name) || quantityError(quantity)) return
  const size = name.slice(hugePages.length)
  const whole = !quantityError(size) && compare(size, '0') > 0 && bigMilli(size) % 1000n === 0n
  if (!whole || bigMilli(roundUp(quantity, 0)) % bigMilli(size) !== 0n)
    yield invalidValue(path, canonical(quantity), `${canonical(quantity)} is not positive integer multiple of ${name}`)
}

const podLevel = ['cpu', 'memory']

/** Checks the name of a resource that a pod as a whole may ask for. */
export function* validatePodResourceName(name: string, path: string): Generator<Cause> {
  const causes = [...validateResourceName(name, path)]
  yield* causes
  if (causes.length === 0 && !isPodLevel(name)) yield notSupported(path, name, ['cpu', hugePages, 'memory'])
}

/** Whether a pod as a whole may ask for a resource. */
export const isPodLevel = (name: string): boolean => podLevel.includes(name) || isHugePages(name)

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

/** Checks the name of a resource that a container may ask for. */
export function* validateContainerResourceName(name: string, path: string): Generator<Cause> {
  yield* validateResourceName(name, path)
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name))
      yield invalidValue(path, name, 'must be a standard resource for containers')
  } else if (!isNative(name) && !isExtended(name)) {
    yield invalidValue(path, name, "doesn't follow extended resource name standard")
  }
}

/** Whether a resource is one of those that a quota knows by itself. */
export const isQuotaResource = (name: string): boolean =>
  name !== 'storage' && (standardResources.has(name) || isHugePages(name) || isHugePages(name.replace(/^requests\./, '')))

/** Checks the name of a resource that a quota counts. */
export function* validateQuotaResourceName(name: string, path: string): Generator<Cause> {
  yield* validateResourceName(name, path)
  if (!name.includes('/') && !isQuotaResource(name)) yield invalidValue(path, name, 'must be a standard resource for quota')
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
