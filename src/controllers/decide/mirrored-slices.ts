import { isIP } from 'node:net'
import type { EndpointAddress, EndpointSubset, Endpoints } from '#api/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.ts'
import { type Family, familyOf } from '#machinery/service/addresses.ts'
import { controllerRef } from '#reconcile/owners.ts'
import { type Binder, type Changes, fitSlices, Groups, managedBy, serviceName } from './slices.ts'

export const mirrorController = 'endpointslicemirroring-controller.k8s.io'

/** No more addresses of one subset than this are mirrored. */
export const perSubset = 1000

const notCopied = new Set([
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
])

/** What must be written, and how many addresses were left out because they are none or too many. */
export interface Mirrored extends Changes {
  readonly invalid: number
  readonly tooMany: number
}

/** Whether Endpoints want to be mirrored at all: not those that say so, nor those that are but a leader's lock. */
export const isMirrored = ({ metadata: { labels, annotations } }: Endpoints): boolean =>
  labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' &&
  annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined

/** What must be written so that slices say what somebody wrote into Endpoints. */
export function planMirror(endpoints: Endpoints, existing: readonly EndpointSlice[]): Mirrored {
  const families = new Map<Family, Groups>([
    ['IPv4', new Groups()],
    ['IPv6', new Groups()],
  ])
  let invalid = 0
  let tooMany = 0
  for (const subset of endpoints.subsets ?? []) {
    const ports = portsOf(subset)
    const all = [...endpointsOf(subset.addresses, true), ...endpointsOf(subset.notReadyAddresses, false)]
    const valid = all.filter(({ addresses: [ip] }) => isIP(ip!))
    for (const endpoint of valid.slice(0, perSubset)) families.get(familyOf(endpoint.addresses[0]!))!.add(ports, endpoint)
    invalid += all.length - valid.length
    tooMany += Math.max(0, valid.length - perSubset)
  }
  return { ...fitSlices(binderOf(endpoints), families, existing), invalid, tooMany }
}

const portsOf = ({ ports = [] }: EndpointSubset): EndpointPort[] =>
  ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol && { appProtocol }),
  }))

const endpointsOf = (addresses: readonly EndpointAddress[] = [], ready: boolean): Endpoint[] =>
  addresses.map(({ ip, hostname, nodeName, targetRef }) => ({
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  }))

const binderOf = (endpoints: Endpoints): Binder => {
  const { namespace, name, labels, annotations = {} } = endpoints.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      namespace: namespace!,
      labels: { ...labels, [managedBy]: mirrorController, [serviceName]: name! },
      annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !notCopied.has(key))),
      ownerReferences: [controllerRef(endpoints)],
    },
    perSlice: perSubset,
    keepsEmpty: false,
  }
}
