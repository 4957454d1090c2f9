import type { PodSpec, ResourceRequirements } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notFound, required } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { each, namedIfSet } from '#resources/checks.ts'

type Claim = NonNullable<PodSpec['resourceClaims']>[number]

/** Checks the devices that a pod claims. */
export function* validatePodClaims(claims: PodSpec['resourceClaims'], path: string): Generator<Cause> {
  const names = new Set<string>()
  yield* each(claims, path, function* (claim, at) {
    const { name } = claim
    if (!name) yield required(`${at}.name`)
    else if (names.has(name)) yield duplicate(`${at}.name`, name)
    else yield* invalidEach(`${at}.name`, name, dns1123Label(name))
    names.add(name)
    yield* validateClaimSource(claim, at)
  })
}

function* validateClaimSource(claim: Claim, path: string): Generator<Cause> {
  const { name = '', resourceClaimName, resourceClaimTemplateName } = claim
  // Upstream prints its own struct here, by its Go names.
  const printed = {
    Name: name,
    ResourceClaimName: resourceClaimName ?? null,
    ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
  }
  const given = [resourceClaimName, resourceClaimTemplateName].filter(source => source !== undefined).length
  if (given === 2)
    yield invalidValue(path, printed, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified')
  if (given === 0) yield invalidValue(path, printed, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`')
  for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
    const value = claim[field]
    if (value !== undefined) yield* invalidEach(`${path}.${field}`, value, dns1123Subdomain(value))
  }
}

/** Checks which of the pod's claims a container uses. `podClaims` are their names. */
export function* validateClaimNames(
  claims: ResourceRequirements['claims'],
  podClaims: ReadonlySet<string>,
  path: string,
): Generator<Cause> {
  const seen = new Set<string>()
  yield* each(claims, path, function* ({ name, request }, at) {
    if (!name) {
      yield required(at)
      return
    }
    if (seen.has(name)) yield duplicate(at, name)
    else {
      yield* namedIfSet(request, `${at}.request`, dns1123Label)
      const key = request ? `${name}/${request}` : name
      if (seen.has(key)) yield duplicate(at, key)
      // Who asks for all of a claim has asked for what was asked for before.
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) yield duplicate(at, name)
      seen.add(key)
    }
    if (podClaims.has(name)) return
    const known = podClaims.size ? `: ${[...podClaims].sort().join(', ')}` : ' which is empty'
    yield notFound(at, name, `must be one of the names in pod.spec.resourceClaims${known}`)
  })
}
