import { Client } from '#client/client.ts'
import type { Transport } from '#client/transport.ts'
import { type ControllerOptions, controllerManager } from '#controllers/index.ts'
import type { Clock } from '#machinery/clock.ts'
import { type Component, together } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { nftables } from '#proxy/nftables.ts'
import { kubeProxy } from '#proxy/proxy.ts'
import { relay } from '#proxy/relay.ts'
import { Caches } from '#reconcile/caches.ts'
import { elected } from '#reconcile/election.ts'
import { recorder } from '#reconcile/events.ts'
import { scheduler } from '#scheduler/scheduler.ts'
import { network } from './network.ts'

/** What a component that talks to an API server needs: the way to it, as somebody, and the world. */
export interface Ground {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** Whom it stands for election as; nothing: it is the only one of its kind. */
  readonly candidate?: string | undefined
}

/** kube-controller-manager. `rootCa` goes into every namespace; `signing`: who signs certificates; `signToken`: what signs tokens. */
export function controllerManagerOf(
  ground: Ground,
  options: Pick<ControllerOptions, 'rootCa' | 'signing' | 'signToken' | 'legacyTokenPeriodMs'>,
): Component {
  const { client, caches, clock, log } = equipped(ground, 'kube-controller-manager')
  const manager = controllerManager({ client, caches, clock, log }, { ...options, clusterCidr: network.podCidr })
  return standing(manager, ground, client)
}

/** kube-scheduler. */
export function schedulerOf(ground: Ground): Component {
  const { client, caches, clock, log } = equipped(ground, 'kube-scheduler')
  const events = recorder(client, { component: 'default-scheduler' }, clock, log)
  const loop = scheduler({ client, caches, clock, log, events, random: ground.random })
  return standing(joined('kube-scheduler', [caches, events, loop]), ground, client)
}

/** kube-proxy over nftables, for the pods of these nodes. What is in the range of Services and is none leads nowhere. */
export function proxyOf(ground: Ground, nodes: readonly string[], services: string = network.serviceCidr): Component {
  const { caches, clock, log } = equipped(ground, 'kube-proxy')
  const kernel = nftables({ cidrs: { pods: network.podCidr, services }, clock })
  const dataplanes = [kernel, relay({ log, random: ground.random })]
  return joined('kube-proxy', [caches, kubeProxy({ caches, clock, log, here: { nodes }, dataplanes, removeAtStop: true })])
}

interface Equipped {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Log
}

function equipped({ transport, clock, log }: Ground, userAgent: string): Equipped {
  const client = new Client(transport, { userAgent })
  return { client, caches: new Caches(client, clock, log), clock, log }
}

const joined = (name: string, components: readonly Component[]): Component => ({
  name,
  run: signal => together(components, signal),
})

const standing = (component: Component, { candidate, clock, log, random }: Ground, client: Client): Component =>
  candidate === undefined
    ? component
    : elected(component, { client, clock, log, random, lease: component.name, identity: candidate })
