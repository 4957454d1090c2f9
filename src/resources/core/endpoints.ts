import { Endpoints } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { ip } from '#machinery/ip.ts'
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '#machinery/names.ts'
import { each, named, namedIfSet, oneOf } from '#resources/checks.ts'
import { age, firstThree, name, text } from '#resources/columns.ts'
import { validateSpecialIp } from './endpoint-ip.ts'
import { protocols } from './pod-spec/ports.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

export default resource(Endpoints, {
  deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  shortNames: ['ep'],
  createOnUpdate: true,
  storagePath: 'services/endpoints',
  columns: [
    name,
    text('Endpoints', ({ subsets = [] }) => (subsets.length ? firstThree(subsets.flatMap(places)) : '<none>')),
    age,
  ],

  default({ subsets }) {
    for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
  },

  *validate({ subsets }, before) {
    if (!before || !equal(subsets, before.subsets)) yield* each(subsets, 'subsets', validateSubset)
  },
})

function places({ addresses = [], ports = [] }: Subset): string[] {
  const host = (ip: string | undefined) => (ip?.includes(':') ? `[${ip}]` : ip)
  if (ports.length === 0) return addresses.map(({ ip }) => ip)
  return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${host(ip)}:${port}`))
}

function* validateSubset(subset: Subset, path: string): Generator<Cause> {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  if (addresses.length + notReadyAddresses.length === 0) yield required(path, 'must specify `addresses` or `notReadyAddresses`')
  yield* each(addresses, `${path}.addresses`, validateAddress)
  yield* each(notReadyAddresses, `${path}.notReadyAddresses`, validateAddress)
  yield* each(ports, `${path}.ports`, function* (port, at) {
    if (ports.length > 1) yield* named(port.name, `${at}.name`, dns1123Label)
    else yield* namedIfSet(port.name, `${at}.name`, dns1123Label)
    yield* invalidEach(`${at}.port`, port.port ?? 0, portNumber(port.port ?? 0))
    yield* oneOf(port.protocol, `${at}.protocol`, protocols)
    if (port.appProtocol !== undefined) yield* invalidEach(`${at}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol))
  })
}

function* validateAddress(address: Address, path: string): Generator<Cause> {
  const { ip: host = '', nodeName } = address
  yield* invalidEach(`${path}.ip`, host, ip(host))
  yield* namedIfSet(address.hostname, `${path}.hostname`, dns1123Label)
  if (nodeName !== undefined) yield* invalidEach(`${path}.nodeName`, nodeName, dns1123Subdomain(nodeName))
  yield* validateSpecialIp(host, `${path}.ip`)
}
