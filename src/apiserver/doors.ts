import { qualified } from '#api/kind.ts'
import type { Clock } from '#machinery/clock.ts'
import type { ServiceAccountTokens } from './authentication/service-account.ts'
import type { Kubelets } from './kubelets.ts'
import type { Resource, Subresource } from './resource.ts'
import type { Reader } from './store/reader.ts'
import { eviction } from './subresources/eviction.ts'
import { log, portForward, stream } from './subresources/pod-doors.ts'
import { toNode, toPod, toService } from './subresources/proxied.ts'
import { proxy } from './subresources/proxy.ts'
import { token } from './subresources/token.ts'

/** What doors may use that reach beyond the object they belong to. */
export interface DoorTools {
  readonly reader: Reader
  readonly clock: Clock
  readonly random: () => number
  readonly kubelets: Kubelets
  readonly tokens: ServiceAccountTokens
}

/** The doors that do more than write their own object, by the resource they open on. */
export const doors = ({
  reader,
  clock,
  random,
  kubelets,
  tokens,
}: DoorTools): Readonly<Record<string, Readonly<Record<string, Subresource>>>> => ({
  pods: {
    log: log(kubelets),
    exec: stream('exec', 'PodExecOptions')(kubelets),
    attach: stream('attach', 'PodAttachOptions')(kubelets),
    portforward: portForward(kubelets),
    eviction: eviction(reader, clock),
    proxy: proxy('PodProxyOptions', toPod(reader)),
  },
  services: { proxy: proxy('ServiceProxyOptions', toService(reader, random)) },
  nodes: { proxy: proxy('NodeProxyOptions', toNode(kubelets)) },
  serviceaccounts: { token: token(reader, tokens) },
})

/** A resource with the doors that open on it. */
export function withDoors(resource: Resource, all: ReturnType<typeof doors>): Resource {
  const mine = all[qualified(resource.kind)]
  return mine ? { ...resource, subresources: { ...resource.subresources, ...mine } } : resource
}
