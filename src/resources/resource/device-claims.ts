import type { DeviceClaim, DeviceConstraint, DeviceRequest, DeviceSubRequest, ExactDeviceRequest } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each, named } from '#resources/checks.ts'
import { atMost, distinct } from './lists.ts'
import { validateFullName, validateLabel } from './names.ts'
import { validateDeviceConfiguration, validateDeviceSelectors } from './selectors.ts'
import { validateDeviceToleration } from './taints.ts'

const most = 32
const mostAlternatives = 8

/** What a request for devices leaves out. */
export function defaultDeviceClaim({ requests }: DeviceClaim = {}): void {
  for (const { exactly, firstAvailable } of requests ?? [])
    for (const request of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) {
      request.allocationMode ||= 'ExactCount'
      if (request.allocationMode === 'ExactCount') request.count ||= 1
    }
}

/** The names by which the requests of a claim are referred to: `request`, and `request/alternative`. */
export function requestNames({ requests = [] }: DeviceClaim = {}): ReadonlySet<string> {
  const names = requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map(each => `${name}/${each.name}`)])
  return new Set(names)
}

/** Checks what devices somebody asks for. */
export function* validateDeviceClaim(claim: DeviceClaim = {}, path: string): Generator<Cause> {
  const names = requestNames(claim)
  const { requests, constraints, config } = claim
  yield* distinct(most, requests, `${path}.requests`, validateRequest, ({ name }) => name)
  yield* atMost(most, constraints, `${path}.constraints`, (constraint, at) => validateConstraint(constraint, at, names))
  yield* atMost(most, config, `${path}.config`, function* (each, at) {
    yield* validateReferences(each.requests, `${at}.requests`, names)
    yield* validateDeviceConfiguration(each, at)
  })
}

/** Checks the names of requests that something is about. */
export const validateReferences = (
  names: readonly string[] | undefined,
  path: string,
  known: ReadonlySet<string>,
): Generator<Cause> => distinct(most, names, path, (name, at) => validateReference(name, at, known), String)

/** Checks the name of a request, or of one of its alternatives. */
export function* validateReference(name: string | undefined, path: string, known: ReadonlySet<string>): Generator<Cause> {
  const parts = (name ?? '').split('/')
  if (parts.length <= 2) for (const part of parts) yield* validateLabel(part, path)
  if (parts.length > 2 || !known.has(name ?? ''))
    yield invalidValue(
      path,
      name ?? '',
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    )
}

function* validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): Generator<Cause> {
  yield* validateLabel(name, `${path}.name`)
  const one = 'exactly one of `exactly` or `firstAvailable` is required'
  if (exactly && firstAvailable.length > 0) yield invalidValue(path, null, `${one}, but multiple fields are set`)
  else if (exactly) yield* validateExact(exactly, `${path}.exactly`)
  else if (firstAvailable.length === 0) yield required(path, one)
  else
    yield* distinct(
      mostAlternatives,
      firstAvailable,
      `${path}.firstAvailable`,
      function* (alternative, at) {
        yield* validateLabel(alternative.name, `${at}.name`)
        yield* validateExact(alternative, at)
      },
      alternative => alternative.name,
    )
}

function* validateExact(request: ExactDeviceRequest | DeviceSubRequest, path: string): Generator<Cause> {
  const { allocationMode: mode, count = 0 } = request
  yield* named(request.deviceClassName, `${path}.deviceClassName`, dns1123Subdomain)
  yield* validateDeviceSelectors(request.selectors, `${path}.selectors`)
  if (mode === 'All') {
    if (count !== 0) yield invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'")
  } else if (mode === 'ExactCount') {
    if (count <= 0) yield invalidValue(`${path}.count`, count, 'must be greater than zero')
  } else yield notSupported(`${path}.allocationMode`, mode ?? '', ['All', 'ExactCount'])
  yield* each(request.tolerations, `${path}.tolerations`, validateDeviceToleration)
}

function* validateConstraint(constraint: DeviceConstraint, path: string, names: ReadonlySet<string>): Generator<Cause> {
  const { requests, matchAttribute, distinctAttribute } = constraint
  yield* validateReferences(requests, `${path}.requests`, names)
  if (matchAttribute !== undefined) yield* validateFullName(matchAttribute, `${path}.matchAttribute`)
  else if (distinctAttribute !== undefined) yield* validateFullName(distinctAttribute, `${path}.distinctAttribute`)
  // The sentence is upstream's, though here nothing is set.
  else yield required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set')
}
