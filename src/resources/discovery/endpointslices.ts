import { type Endpoint, EndpointSlice } from '#api/discovery/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidEach, invalidValue, required, tooMany } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { parseIp } from '#machinery/ip.ts'
import { immutable, validateLabels } from '#machinery/metadata.ts'
import { dns1123Label, dns1123Subdomain, labelValue, type NameCheck, qualifiedName } from '#machinery/names.ts'
import { each, namedIfSet, oneOf } from '#resources/checks.ts'
import { age, firstThree, name, text } from '#resources/columns.ts'
import { validateEndpointIp } from '#resources/core/endpoint-ip.ts'
import { protocols } from '#resources/core/pod-spec/ports.ts'

const most = { endpoints: 1000, ports: 20000, addresses: 100, topology: 16, hints: 8 }

export default resource(EndpointSlice, {
  generation: true,
  columns: [
    name,
    text('AddressType', ({ addressType }) => addressType),
    text('Ports', ({ ports }) => firstThree((ports ?? []).map(port => String(port.port ?? port.name ?? '*'))) || '<unset>'),
    text('Endpoints', ({ endpoints }) => firstThree((endpoints ?? []).flatMap(endpoint => endpoint.addresses)) || '<unset>'),
    age,
  ],

  default(slice) {
    slice.endpoints ??= []
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },

  *validate(slice, before) {
    yield* oneOf(slice.addressType, 'addressType', ['FQDN', 'IPv4', 'IPv6'])
    if (!before || !equal(slice.endpoints, before.endpoints)) yield* validateEndpoints(slice)
    yield* validatePorts(slice)
    if (before) yield* immutable(slice.addressType, before.addressType, 'addressType')
  },
})

function* validatePorts({ ports = [] }: EndpointSlice): Generator<Cause> {
  if (ports.length > most.ports) {
    yield tooMany('ports', ports.length, most.ports)
    return
  }
  const names = new Set<string>()
  yield* each(ports, 'ports', function* ({ name = '', protocol, appProtocol }, at) {
    yield* namedIfSet(name, `${at}.name`, dns1123Label)
    if (names.has(name)) yield duplicate(`${at}.name`, name)
    names.add(name)
    yield* oneOf(protocol, `${at}.protocol`, protocols)
    yield* namedIfSet(appProtocol, `${at}.appProtocol`, qualifiedName)
  })
}

function* validateEndpoints({ endpoints = [], addressType }: EndpointSlice): Generator<Cause> {
  if (endpoints.length > most.endpoints) {
    yield tooMany('endpoints', endpoints.length, most.endpoints)
    return
  }
  yield* each(endpoints, 'endpoints', function* (endpoint, at) {
    yield* validateAddresses(endpoint, addressType, `${at}.addresses`)
    yield* namedIfSet(endpoint.nodeName, `${at}.nodeName`, dns1123Subdomain)
    yield* validateOldTopology(endpoint.deprecatedTopology, `${at}.deprecatedTopology`)
    if (endpoint.hostname !== undefined) yield* invalidEach(`${at}.hostname`, endpoint.hostname, dns1123Label(endpoint.hostname))
    if (endpoint.hints) yield* validateHints(endpoint.hints, `${at}.hints`)
  })
}

function* validateAddresses({ addresses = [] }: Endpoint, type: string, path: string): Generator<Cause> {
  if (addresses.length === 0) yield required(path, 'must contain at least 1 address')
  if (addresses.length > most.addresses) yield tooMany(path, addresses.length, most.addresses)
  yield* each(addresses, path, function* (address, at) {
    if (type === 'FQDN') {
      yield* invalidEach(at, address, dns1123Subdomain(address.replace(/\.$/, '')))
      return
    }
    const family = parseIp(address)?.family
    if (family && type === 'IPv4' && family !== 4) yield invalidValue(path, address, 'must be an IPv4 address')
    if (family && type === 'IPv6' && family !== 6) yield invalidValue(path, address, 'must be an IPv6 address')
    yield* validateEndpointIp(address, at)
  })
}

function* validateOldTopology(topology: Endpoint['deprecatedTopology'] = {}, path: string): Generator<Cause> {
  const keys = Object.keys(topology)
  if (keys.length > most.topology) yield tooMany(path, keys.length, most.topology)
  yield* validateLabels(topology, path)
}

/** Checks for which zones and nodes an endpoint is meant. */
function* validateHints({ forZones, forNodes }: NonNullable<Endpoint['hints']>, path: string): Generator<Cause> {
  if (forZones) yield* validateHintNames(forZones, most.hints, labelValue, `${path}.forZones`)
  if (forNodes) yield* validateHintNames(forNodes, most.hints, dns1123Subdomain, `${path}.forNodes`)
}

function* validateHintNames(hints: readonly { name: string }[], max: number, check: NameCheck, path: string): Generator<Cause> {
  if (hints.length > max) {
    yield tooMany(path, hints.length, max)
    return
  }
  const seen = new Set<string>()
  yield* each(hints, path, function* ({ name = '' }, at) {
    if (seen.has(name)) yield duplicate(`${at}.name`, name)
    else yield* invalidEach(`${at}.name`, name, check(name))
    seen.add(name)
  })
}
