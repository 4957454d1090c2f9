import type { PodSpec, ResourceList } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue } from '#machinery/causes.ts'
import { add, canonical, compare, quantityError } from '#machinery/quantity.ts'
import { each } from '#resources/checks.ts'
import { isHugePages, isOvercommitted, isPodLevel, validatePodResourceName, validateRequirements } from './requirements.ts'

/*
 * What a pod asks for as a whole, beside what its containers ask for.
 */

/** Fills in the pod's own requests and limits where only a part of them is given. Containers must have theirs by then. */
export function defaultPodResources(spec: PodSpec): void {
  const resources = spec.resources
  const limited = Object.keys(resources?.limits ?? {}).length > 0
  if (!resources || (!limited && !Object.keys(resources.requests ?? {}).length)) return
  const missing = (wanted: ResourceList, given: ResourceList | undefined, test: (name: string) => boolean): ResourceList =>
    Object.fromEntries(Object.entries(wanted).filter(([name]) => isPodLevel(name) && test(name) && given?.[name] === undefined))
  const pages = missing(total(spec, 'limits'), resources.limits, isHugePages)
  if (Object.keys(pages).length) resources.limits = { ...resources.limits, ...pages }
  if (!resources.limits) return
  const requests = { ...missing(total(spec, 'requests'), resources.requests, isOvercommitted), ...resources.requests }
  Object.assign(
    requests,
    missing(resources.limits, requests, () => true),
  )
  if (Object.keys(requests).length) resources.requests = requests
}

/** Checks what a pod asks for as a whole, by itself and against what its containers ask for. */
export function* validatePodResources(spec: PodSpec, claims: ReadonlySet<string>, path: string): Generator<Cause> {
  const { resources, os, containers } = spec
  if (!resources) return
  if (os?.name === 'windows') {
    yield forbidden(path, 'may not be set for a windows pod')
    return
  }
  if (resources.claims) yield forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level')
  yield* validateRequirements(resources, claims, validatePodResourceName, path)
  yield* validateEnough(resources.requests, total(spec, 'requests'), 'requests', path)
  const pages = Object.entries(total(spec, 'limits')).filter(([name]) => isHugePages(name))
  yield* validateEnough(resources.limits, Object.fromEntries(pages), 'limits', path)
  yield* each(containers, `${path}.containers`, function* (container, at) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const most = resources.limits?.[name]
      if (!exceeds(limit, most)) continue
      yield invalidValue(
        `${at}[${name}].limits`,
        canonical(limit),
        `must be less than or equal to pod limits of ${canonical(most!)}`,
      )
    }
  })
}

function* validateEnough(
  given: ResourceList = {},
  needed: ResourceList,
  list: 'requests' | 'limits',
  path: string,
): Generator<Cause> {
  for (const [name, amount] of Object.entries(needed)) {
    const own = given[name]
    if (!exceeds(amount, own)) continue
    const detail = `must be greater than or equal to aggregate container ${list} of ${canonical(amount)}`
    yield invalidValue(`${path}.${list}[${name}]`, canonical(own!), detail)
  }
}

const exceeds = (amount: string, most: string | undefined): boolean =>
  most !== undefined && !quantityError(amount) && !quantityError(most) && compare(amount, most) > 0

/** What all containers need together at any time: the ordinary ones and sidecars at once, the others one by one before them. */
function total({ containers, initContainers = [] }: PodSpec, list: 'requests' | 'limits'): ResourceList {
  let sidecars: ResourceList = {}
  let beginning: ResourceList = {}
  for (const { resources, restartPolicy } of initContainers) {
    const sum = merged(sidecars, resources?.[list], add)
    if (restartPolicy === 'Always') sidecars = sum
    beginning = merged(beginning, sum, larger)
  }
  const running = (containers ?? []).reduce((sum, { resources }) => merged(sum, resources?.[list], add), sidecars)
  return merged(running, beginning, larger)
}

const larger = (a: string, b: string): string => (compare(a, b) < 0 ? b : a)

function merged(a: ResourceList, b: ResourceList = {}, by: (a: string, b: string) => string): ResourceList {
  const result = { ...a }
  for (const [name, amount] of Object.entries(b)) {
    if (quantityError(amount)) continue
    result[name] = result[name] === undefined ? amount : by(result[name], amount)
  }
  return result
}
