import type { Node, Pod, Service } from '#api/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.ts'
import type { Draft } from '#api/object.ts'
import { equal } from '#machinery/equality.ts'
import { controllerRef } from '#reconcile/owners.ts'
import { endpointOf, type Family, familiesOf, hasEndpoint, isHeadless, portsOf } from './endpoints.ts'

/** No more endpoints than this in one slice. */
export const perSlice = 100

export const managedBy = 'endpointslice.kubernetes.io/managed-by'
export const sliceController = 'endpointslice-controller.k8s.io'
export const serviceName = 'kubernetes.io/service-name'
export const headlessLabel = 'service.kubernetes.io/headless'
const reserved = new Set([managedBy, serviceName, headlessLabel])

/** What must be written so that the slices say what is. */
export interface Changes {
  readonly create: readonly Draft<EndpointSlice>[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

/** Pods of one service with the same ports share slices: named ports may lead to different numbers in different pods. */
interface Group {
  readonly ports: EndpointPort[]
  readonly endpoints: Map<string, Endpoint>
}

/** The fewest writes that bring a service's slices up to date with its pods: endpoints stay in the slice they are in. */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  nodeOf: (name: string) => Node | undefined,
): Changes {
  const families = familiesOf(service)
  const obsolete = existing.filter(({ addressType }) => !families.includes(addressType as string as Family))
  const plans = families.map(family => {
    const ofFamily = existing.filter(({ addressType }) => (addressType as string) === family)
    return planFamily(service, family, groupsOf(service, pods, family, nodeOf), ofFamily)
  })
  return {
    create: plans.flatMap(({ create }) => create),
    update: plans.flatMap(({ update }) => update),
    remove: [...obsolete, ...plans.flatMap(({ remove }) => remove)],
  }
}

function groupsOf(
  service: Service,
  pods: readonly Pod[],
  family: Family,
  nodeOf: (name: string) => Node | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const pod of pods) {
    if (!hasEndpoint(pod, true)) continue
    const node = nodeOf(pod.spec?.nodeName ?? '')
    if (!node && !service.spec?.publishNotReadyAddresses) continue
    const endpoint = endpointOf(service, pod, family, node?.metadata.labels?.['topology.kubernetes.io/zone'])
    if (!endpoint) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() }
    group.endpoints.set(endpointKey(endpoint), endpoint)
    groups.set(key, group)
  }
  return groups
}

function planFamily(
  service: Service,
  family: Family,
  groups: ReadonlyMap<string, Group>,
  existing: readonly EndpointSlice[],
): Changes {
  const create: Draft<EndpointSlice>[] = []
  const update: EndpointSlice[] = []
  const remove = existing.filter(({ ports }) => !groups.has(portsKey(ports ?? [])))
  for (const [key, { ports, endpoints }] of groups) {
    const slices = existing.filter(slice => portsKey(slice.ports ?? []) === key)
    const kept = slices.map(slice => ({ slice, endpoints: keep(slice, endpoints) }))
    const isChanged = (each: { slice: EndpointSlice; endpoints: Endpoint[] }): boolean =>
      !equal(each.endpoints, each.slice.endpoints ?? [])
    // `keep` has taken out what has a place; the rest goes where there is something to write anyway, the fullest first.
    const homeless = [...endpoints.values()]
    const open = kept.filter(isChanged).sort((a, b) => b.endpoints.length - a.endpoints.length)
    for (const each of open) each.endpoints.push(...homeless.splice(0, perSlice - each.endpoints.length))
    const fits = kept.filter(each => each.endpoints.length + homeless.length <= perSlice && each.endpoints.length > 0)
    const best = fits.sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
    if (homeless.length > 0) best?.endpoints.push(...homeless.splice(0))
    while (homeless.length > 0) create.push(draft(service, family, ports, homeless.splice(0, perSlice)))
    for (const each of kept) {
      const labels = labelsOf(service)
      if (each.endpoints.length === 0) remove.push(each.slice)
      else if (isChanged(each) || !equal(labels, each.slice.metadata.labels))
        update.push({ ...each.slice, metadata: { ...each.slice.metadata, labels }, endpoints: each.endpoints })
    }
  }
  if (existing.length > remove.length || create.length > 0) return { create, update, remove }
  return withPlaceholder(service, family, remove)
}

/** A service without endpoints keeps one empty slice, so that it can be told from one nobody has looked at yet. */
function withPlaceholder(service: Service, family: Family, remove: readonly EndpointSlice[]): Changes {
  const empty = remove.find(({ endpoints, ports }) => !endpoints?.length && !ports?.length)
  const rest = remove.filter(slice => slice !== empty)
  if (!empty) return { create: [draft(service, family, [], [])], update: [], remove: rest }
  const labels = labelsOf(service)
  const update = equal(labels, empty.metadata.labels) ? [] : [{ ...empty, metadata: { ...empty.metadata, labels } }]
  return { create: [], update, remove: rest }
}

/** The endpoints of a slice that are still wanted, as they are now; takes them out of the wanted ones. */
function keep(slice: EndpointSlice, endpoints: Map<string, Endpoint>): Endpoint[] {
  return (slice.endpoints ?? []).flatMap(each => {
    const key = endpointKey(each)
    const now = endpoints.get(key)
    endpoints.delete(key)
    return now ? [now] : []
  })
}

const draft = (service: Service, addressType: Family, ports: EndpointPort[], endpoints: Endpoint[]): Draft<EndpointSlice> => ({
  metadata: {
    generateName: `${service.metadata.name}-`,
    namespace: service.metadata.namespace!,
    labels: labelsOf(service),
    ownerReferences: [controllerRef(service)],
  },
  addressType: addressType as string as EndpointSlice['addressType'],
  endpoints,
  ports,
})

/** A slice has its service's labels, but for those that say what it is. */
function labelsOf(service: Service): Record<string, string> {
  const given = Object.entries(service.metadata.labels ?? {}).filter(([name]) => !reserved.has(name))
  return {
    ...Object.fromEntries(given),
    [managedBy]: sliceController,
    [serviceName]: service.metadata.name!,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
  }
}

const portsKey = (ports: readonly EndpointPort[]): string =>
  ports
    .map(({ name = '', port, protocol, appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
    .sort()
    .join()

const endpointKey = ({ addresses, hostname = '', targetRef }: Endpoint): string =>
  `${targetRef?.uid}/${hostname}/${addresses.join()}`
