import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.ts'
import type { ObjectMeta } from '#api/meta/v1.ts'
import type { Draft } from '#api/object.ts'
import { equal } from '#machinery/equality.ts'
import type { Family } from '#machinery/service/addresses.ts'

export const managedBy = 'endpointslice.kubernetes.io/managed-by'
export const serviceName = 'kubernetes.io/service-name'
export const headlessLabel = 'service.kubernetes.io/headless'

/** What must be written so that the slices say what is. */
export interface Changes {
  readonly create: readonly Draft<EndpointSlice>[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

/** What all slices of one owner have in common. */
export interface Binder {
  /** How a slice is named, labelled and owned; the labels, and the annotations if there are any, are kept up to date. */
  readonly metadata: ObjectMeta
  /** No more endpoints than this in one slice. */
  readonly perSlice: number
  /** Without endpoints one empty slice is kept, so that what has none can be told from what nobody has looked at yet. */
  readonly keepsEmpty: boolean
}

/** Endpoints with the same ports share slices. */
export interface Group {
  readonly ports: EndpointPort[]
  readonly endpoints: Map<string, Endpoint>
}

/** The endpoints that are wanted, by their ports. */
export class Groups {
  readonly all: Map<string, Group> = new Map()

  add(ports: EndpointPort[], endpoint: Endpoint): void {
    const key = portsKey(ports)
    const group = this.all.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() }
    group.endpoints.set(endpointKey(endpoint), endpoint)
    this.all.set(key, group)
  }
}

/** The fewest writes that bring slices up to date with the endpoints of each family: endpoints stay in the slice they are in. */
export function fitSlices(binder: Binder, wanted: ReadonlyMap<Family, Groups>, existing: readonly EndpointSlice[]): Changes {
  const obsolete = existing.filter(({ addressType }) => !wanted.has(addressType as string as Family))
  const plans = [...wanted].map(([family, groups]) => {
    const ofFamily = existing.filter(({ addressType }) => (addressType as string) === family)
    return fitFamily(binder, family, groups.all, ofFamily)
  })
  return {
    create: plans.flatMap(({ create }) => create),
    update: plans.flatMap(({ update }) => update),
    remove: [...obsolete, ...plans.flatMap(({ remove }) => remove)],
  }
}

function fitFamily(
  binder: Binder,
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
    for (const each of open) each.endpoints.push(...homeless.splice(0, binder.perSlice - each.endpoints.length))
    const fits = kept.filter(each => each.endpoints.length + homeless.length <= binder.perSlice && each.endpoints.length > 0)
    const best = fits.sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
    if (homeless.length > 0) best?.endpoints.push(...homeless.splice(0))
    while (homeless.length > 0) create.push(draft(binder, family, ports, homeless.splice(0, binder.perSlice)))
    for (const each of kept) {
      if (each.endpoints.length === 0) remove.push(each.slice)
      else if (isChanged(each) || !isDressed(binder, each.slice)) update.push(dressed(binder, each.slice, each.endpoints))
    }
  }
  if (!binder.keepsEmpty || existing.length > remove.length || create.length > 0) return { create, update, remove }
  return withPlaceholder(binder, family, remove)
}

function withPlaceholder(binder: Binder, family: Family, remove: readonly EndpointSlice[]): Changes {
  const empty = remove.find(({ endpoints, ports }) => !endpoints?.length && !ports?.length)
  const rest = remove.filter(slice => slice !== empty)
  if (!empty) return { create: [draft(binder, family, [], [])], update: [], remove: rest }
  return { create: [], update: isDressed(binder, empty) ? [] : [dressed(binder, empty, [])], remove: rest }
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

const draft = (
  { metadata }: Binder,
  addressType: Family,
  ports: EndpointPort[],
  endpoints: Endpoint[],
): Draft<EndpointSlice> => ({
  metadata,
  addressType: addressType as string as EndpointSlice['addressType'],
  endpoints,
  ports,
})

/** Whether a slice has the labels and annotations that it should have. */
const isDressed = ({ metadata: { labels, annotations } }: Binder, { metadata }: EndpointSlice): boolean =>
  equal(labels, metadata.labels) && (!annotations || equal(annotations, metadata.annotations ?? {}))

const dressed = ({ metadata: { labels, annotations } }: Binder, slice: EndpointSlice, endpoints: Endpoint[]): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, labels: labels!, ...(annotations && { annotations }) },
  endpoints,
})

const portsKey = (ports: readonly EndpointPort[]): string =>
  ports
    .map(({ name = '', port, protocol, appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
    .sort()
    .join()

const endpointKey = ({ addresses, hostname = '', targetRef }: Endpoint): string =>
  `${targetRef?.uid}/${hostname}/${addresses.join()}`
