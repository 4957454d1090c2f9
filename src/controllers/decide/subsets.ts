import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '#api/core/v1.ts'
import { familyOf } from '#machinery/service/addresses.ts'
import { addressesOf, familiesOf, hasEndpoint, hostnameOf, isHeadless, targetPort } from './endpoints.ts'
import { isReady } from './pods.ts'

/** An Endpoints object is cut off after so many addresses. */
const longest = 1000

/** The addresses of one port, or of no port where a headless service has none. */
interface PortGroup {
  readonly port: EndpointPort | undefined
  readonly ready: Map<string, EndpointAddress>
  readonly notReady: Map<string, EndpointAddress>
}

/** The subsets of a service's Endpoints: addresses with the same ports together, in a fixed order; and whether some were left out. */
export function subsetsOf(
  service: Service,
  pods: readonly Pod[],
): { readonly subsets: EndpointSubset[]; readonly truncated: boolean } {
  const subsets = repack(groupsOf(service, pods))
  const count = subsets.reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
    0,
  )
  return count > longest ? { subsets: truncate(subsets), truncated: true } : { subsets, truncated: false }
}

function groupsOf(service: Service, pods: readonly Pod[]): PortGroup[] {
  const unready = service.spec?.publishNotReadyAddresses ?? false
  const groups = new Map<string, PortGroup>()
  for (const pod of pods) {
    const address = hasEndpoint(pod, unready) ? addressOf(service, pod) : undefined
    if (!address) continue
    for (const port of portsOf(service, pod)) {
      const key = JSON.stringify(port ?? null)
      const group = groups.get(key) ?? { port, ready: new Map(), notReady: new Map() }
      group[unready || isReady(pod) ? 'ready' : 'notReady'].set(address.targetRef?.uid ?? '', address)
      groups.set(key, group)
    }
  }
  return [...groups.values()]
}

function portsOf(service: Service, pod: Pod): (EndpointPort | undefined)[] {
  const ports = service.spec?.ports ?? []
  if (ports.length === 0) return isHeadless(service) ? [undefined] : []
  return ports.flatMap(each => {
    const port = targetPort(pod, each)
    if (port === undefined) return []
    const { name, protocol = 'TCP', appProtocol } = each
    return [{ ...(name && { name }), port, protocol, ...(appProtocol && { appProtocol }) }]
  })
}

function addressOf(service: Service, pod: Pod): EndpointAddress | undefined {
  const family = familiesOf(service)[0]
  const ip = addressesOf(pod).find(address => familyOf(address) === family)
  if (!ip) return undefined
  const { namespace, name, uid } = pod.metadata
  const hostname = hostnameOf(pod, service)
  return {
    ip,
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace: namespace!, name: name!, uid: uid! },
  }
}

/** Puts ports with the very same addresses into one subset. */
function repack(groups: readonly PortGroup[]): EndpointSubset[] {
  const packed = new Map<string, EndpointSubset & { ports: EndpointPort[] }>()
  for (const { port, ready, notReady } of groups) {
    const addresses = inOrder([...ready.values()])
    const notReadyAddresses = inOrder([...notReady.values()])
    const key = JSON.stringify([addresses, notReadyAddresses])
    const subset = packed.get(key) ?? {
      ...(addresses.length > 0 && { addresses }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
      ports: [],
    }
    if (port) subset.ports.push(port)
    packed.set(key, subset)
  }
  return [...packed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ...rest }]) => (ports.length > 0 ? { ...rest, ports } : rest))
}

const inOrder = (addresses: EndpointAddress[]): EndpointAddress[] =>
  addresses.sort((a, b) => (`${a.ip} ${a.targetRef?.uid}` < `${b.ip} ${b.targetRef?.uid}` ? -1 : 1))

/** Leaves out what is too much: what is not ready first, then the last ones. */
function truncate(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  let ready = longest
  const cut = subsets.map(({ addresses = [], ...rest }) => {
    const kept = addresses.slice(0, ready)
    ready -= kept.length
    return { addresses: kept, ...rest }
  })
  let room = ready
  return cut.flatMap(({ addresses, notReadyAddresses = [], ...rest }) => {
    const kept = notReadyAddresses.slice(0, room)
    room -= kept.length
    if (addresses.length + kept.length === 0) return []
    return [{ ...rest, ...(addresses.length > 0 && { addresses }), ...(kept.length > 0 && { notReadyAddresses: kept }) }]
  })
}
