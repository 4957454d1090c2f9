import type { Service, ServiceSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue } from '#machinery/causes.ts'
import { needsHealthCheck } from '#machinery/service/needs.ts'
import { isHeadless, validateBalancerClass } from './validate.ts'

/** Says what of a service may not change as it did. */
export function* validateServiceUpdate({ spec = {} }: Service, { spec: before = {} }: Service): Generator<Cause> {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    const headless = [isHeadless(spec), isHeadless(before)]
    if (headless.includes(false)) yield* validateAddressChange(spec, before)
    if (!headless.includes(true)) yield* validateFamilyChange(spec, before)
  }
  if (spec.type === 'LoadBalancer' && before.type === 'LoadBalancer' && spec.loadBalancerClass !== before.loadBalancerClass)
    yield invalidValue('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set')
  // Upstream looks at the class here, and again with the rest of the service.
  yield* validateBalancerClass(spec)
  if (needsHealthCheck(spec) && needsHealthCheck(before) && spec.healthCheckNodePort !== before.healthCheckNodePort)
    yield forbidden('spec.healthCheckNodePort', 'field is immutable')
}

function* validateAddressChange(spec: ServiceSpec, { clusterIPs: before = [] }: ServiceSpec): Generator<Cause> {
  const { clusterIPs = [] } = spec
  const path = 'spec.clusterIPs'
  if (clusterIPs.length < before.length && clusterIPs.length === 0)
    yield invalidValue(`${path}[0]`, spec.clusterIPs ?? null, 'primary clusterIP can not be unset')
  for (const index of kept(clusterIPs, before))
    if (clusterIPs[index] !== before[index]) yield invalidValue(`${path}[${index}]`, clusterIPs, 'may not change once set')
  if (clusterIPs.length < before.length && clusterIPs.length === 1) yield* validateRelease(spec, 'clusterIP')
}

function* validateFamilyChange(spec: ServiceSpec, { ipFamilies: before = [] }: ServiceSpec): Generator<Cause> {
  const { ipFamilies = [], clusterIPs = [] } = spec
  // Upstream names the first family whichever it is, and shows the addresses where one came or went.
  const path = 'spec.ipFamilies[0]'
  const shown = ipFamilies.length === before.length ? ipFamilies : clusterIPs
  if (ipFamilies.length < before.length && clusterIPs.length === 0)
    yield invalidValue(path, spec.ipFamilies ?? null, 'primary ipFamily can not be unset')
  for (const index of kept(ipFamilies, before))
    if (ipFamilies[index] !== before[index]) yield invalidValue(path, shown, 'may not change once set')
  if (ipFamilies.length < before.length && ipFamilies.length === 1) yield* validateRelease(spec, 'ipFamily')
}

/** Which of a list may not change: all of them, or only the first while others come and go. */
const kept = (now: readonly string[], before: readonly string[]): number[] =>
  now.length === before.length ? [...now.keys()] : now.length && before.length ? [0] : []

function* validateRelease({ ipFamilyPolicy }: ServiceSpec, what: string): Generator<Cause> {
  if (ipFamilyPolicy === 'SingleStack') return
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`
  yield invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, detail)
}
