import { mkdir } from 'node:fs/promises'
import { Pod, Service } from '#api/core/v1.ts'
import { Client } from '#client/client.ts'
import type { Transport } from '#client/transport.ts'
import { type Kubelet, kubelet } from '#kubelet/kubelet.ts'
import { hostCapacity, hostMachine } from '#kubelet/node/host.ts'
import { podsByNode } from '#kubelet/node/pods.ts'
import { sources } from '#kubelet/node/sources.ts'
import type { ContainerRuntime } from '#kubelet/runtime.ts'
import { type KubeletServerOptions, kubeletServer } from '#kubelet/server.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { Caches } from '#reconcile/caches.ts'
import { recorder } from '#reconcile/events.ts'
import { network } from './network.ts'
import type { ChosenRuntime, NodeSeat } from './runtimes.ts'

/** The nodes of this process. */
export interface Nodes {
  readonly names: readonly string[]
  readonly components: readonly Component[]
  /** Ends and removes every container there is of them. */
  cleanup(): Promise<void>
}

export interface NodesGround {
  /** The way of a node to the API server. */
  transportOf(node: string): Transport
  /** The way of who sees the pods of all of them, where they are several: a node sees only its own. */
  readonly transportOfAll?: Transport
  readonly runtime: ChosenRuntime
  /** Where logs and exec are served, for all nodes of the process. */
  readonly server: Pick<KubeletServerOptions, 'host' | 'port' | 'tls' | 'tlsChanges'>
  /** The address nodes give as theirs. */
  readonly ip: string
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** Makes the kubelets of a process. They share one connection's worth of caches, and one server for logs and exec. */
export async function makeNodes(seats: readonly NodeSeat[], ground: NodesGround): Promise<Nodes> {
  const { transportOf, transportOfAll, runtime, ip, clock, random, log } = ground
  const [first] = seats
  if (!first) return { names: [], components: [], cleanup: async () => {} }
  const clientOver = (transport: Transport): Client => new Client(transport, { userAgent: 'kubelet' })
  const firstClient = clientOver(transportOf(first.name))
  const isAlone = seats.length === 1
  const caches = new Caches(isAlone || !transportOfAll ? firstClient : clientOver(transportOfAll), clock, log)
  const pods = podsByNode(caches.of(Pod, isAlone ? { fieldSelector: `spec.nodeName=${first.name}` } : {}))
  const services = caches.of(Service)
  const kubelets: Kubelet[] = []
  const names = seats.map(({ name }) => name)
  const server = kubeletServer({
    ...ground.server,
    clock,
    log,
    pods: node => kubelets.filter((_, at) => !names.includes(node) || names[at] === node).flatMap(each => [...each.pods()]),
    find: (namespace, name) =>
      kubelets
        .values()
        .map(each => each.find(namespace, name))
        .find(found => found !== undefined),
  })
  await mkdir(first.directory, { recursive: true })
  const [port, capacity, machine] = await Promise.all([server.listen(), hostCapacity(first.directory), hostMachine()])
  const components: Component[] = [caches, server]
  const runtimes: ContainerRuntime[] = []
  for (const seat of seats) {
    const { name, podCidr, directory } = seat
    const client = seat === first ? firstClient : clientOver(transportOf(name))
    const made = await runtime.make(seat)
    const events = recorder(client, { component: 'kubelet', host: name }, clock, log)
    const agent = kubelet({
      node: { name, ips: [ip], capacity, port, machine, podCidr },
      runtime: made,
      client,
      pods: pods(name),
      services,
      sources: sources(client, clock),
      events,
      clock,
      log,
      names: { clusterDns: [], clusterDomain: network.domain },
      random,
      ...(runtime.kind === 'docker' && { dataDir: directory }),
    })
    runtimes.push(made)
    kubelets.push(agent)
    components.push(events, agent)
  }
  return {
    names,
    components,
    async cleanup() {
      await Promise.all(runtimes.map(each => each.cleanup()))
    },
  }
}
