import type { LoadBalancerStatus } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { ip, parseIp } from '#machinery/ip.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'

const modes = ['Proxy', 'VIP']

/** Fills in how traffic reaches what is behind a load balancer. */
export function defaultBalancerStatus(status: LoadBalancerStatus | undefined): void {
  for (const ingress of status?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
}

/** Says what is wrong with where a service's load balancer is. Addresses that stood there before are taken as they are. */
export function* validateBalancerStatus(
  status: LoadBalancerStatus | undefined,
  before: LoadBalancerStatus | undefined,
  balanced: boolean,
  path: string,
): Generator<Cause> {
  if (!balanced && status?.ingress?.length) {
    yield forbidden(`${path}.ingress`, "may only be used when `spec.type` is 'LoadBalancer'")
    return
  }
  const known = new Set(before?.ingress?.map(ingress => ingress.ip))
  yield* each(status?.ingress, `${path}.ingress`, function* ({ ip: address = '', ipMode, hostname = '' }, at) {
    if (address && !known.has(address)) yield* invalidEach(`${at}.ip`, address, ip(address))
    if (ipMode === undefined) {
      if (address) yield required(`${at}.ipMode`, 'must be specified when `ip` is set')
    } else if (!address) yield forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set')
    else if (!modes.includes(ipMode)) yield notSupported(`${at}.ipMode`, ipMode, modes)
    yield* validateBalancerHost(hostname, `${at}.hostname`)
  })
}

/** Checks the name of a load balancer, if it has one. */
export function* validateBalancerHost(hostname: string, path: string): Generator<Cause> {
  if (!hostname) return
  yield* invalidEach(path, hostname, dns1123Subdomain(hostname))
  if (parseIp(hostname)) yield invalidValue(path, hostname, 'must be a DNS name, not an IP address')
}
