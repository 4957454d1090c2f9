import type { HTTPIngressPath, IngressBackend, IngressRule, IngressSpec } from '#api/networking/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { parseIp } from '#machinery/ip.ts'
import { dns1123Label, dns1123Subdomain, portName, portNumber, wildcardSubdomain } from '#machinery/names.ts'
import { each, named, namedIfSet, pathSegment } from '#resources/checks.ts'

/** Says what is wrong with how an ingress leads to services. */
export function* validateIngressSpec(spec: IngressSpec, path: string): Generator<Cause> {
  const { rules = [], defaultBackend, tls } = spec
  if (rules.length === 0 && !defaultBackend) {
    yield invalidValue(path, spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified')
  }
  if (defaultBackend) yield* validateBackend(defaultBackend, `${path}.defaultBackend`)
  yield* each(rules, `${path}.rules`, validateRule)
  yield* each(tls, `${path}.tls`, function* ({ hosts, secretName }, at) {
    yield* each(hosts, `${at}.hosts`, (host, hostAt) => invalidEach(hostAt, host, hostProblems(host)))
    yield* namedIfSet(secretName, `${at}.secretName`, dns1123Subdomain)
  })
  yield* namedIfSet(spec.ingressClassName, `${path}.ingressClassName`, dns1123Subdomain)
}

const hostProblems = (host: string): string[] => (host.includes('*') ? wildcardSubdomain(host) : dns1123Subdomain(host))

function* validateRule({ host, http }: IngressRule, path: string): Generator<Cause> {
  if (host) {
    if (parseIp(host)) yield invalidValue(`${path}.host`, host, 'must be a DNS name, not an IP address')
    yield* invalidEach(`${path}.host`, host, hostProblems(host))
  }
  if (!http) return
  if (!http.paths?.length) yield required(`${path}.http.paths`)
  yield* each(http.paths, `${path}.http.paths`, validatePath)
}

const forbiddenParts = ['//', '/./', '/../', '%2f', '%2F']
const forbiddenEnds = ['/..', '/.']

function* validatePath({ path = '', pathType, backend }: HTTPIngressPath, at: string): Generator<Cause> {
  if (pathType === undefined) {
    yield required(`${at}.pathType`, 'pathType must be specified')
    return
  }
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) yield invalidValue(`${at}.path`, path, 'must be an absolute path')
    for (const part of forbiddenParts)
      if (path.includes(part)) yield invalidValue(`${at}.path`, path, `must not contain '${part}'`)
    for (const end of forbiddenEnds) if (path.endsWith(end)) yield invalidValue(`${at}.path`, path, `cannot end with '${end}'`)
  } else if (pathType === 'ImplementationSpecific') {
    if (path && !path.startsWith('/')) yield invalidValue(`${at}.path`, path, 'must be an absolute path')
  } else yield notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix'])
  yield* validateBackend(backend ?? {}, `${at}.backend`)
}

function* validateBackend({ resource, service }: IngressBackend, path: string): Generator<Cause> {
  if (resource && service) yield invalidValue(path, '', 'cannot set both resource and service backends')
  else if (resource) {
    yield* namedIfSet(resource.apiGroup, `${path}.resource.apiGroup`, dns1123Subdomain)
    for (const field of ['kind', 'name'] as const) {
      if (!resource[field]) yield required(`${path}.resource.${field}`, `${field} is required`)
      yield* namedIfSet(resource[field], `${path}.resource.${field}`, pathSegment)
    }
  } else if (!service) yield invalidValue(path, '', 'resource or service backend is required')
  else {
    yield* named(service.name, `${path}.service.name`, dns1123Label)
    const { name, number } = service.port ?? {}
    if (name && number) yield invalidValue(path, '', 'cannot set both port name & port number')
    else if (name) yield* invalidEach(`${path}.service.port.name`, name, portName(name))
    else if (number) yield* invalidEach(`${path}.service.port.number`, number, portNumber(number))
    else yield required(path, 'port name or number is required')
  }
}
