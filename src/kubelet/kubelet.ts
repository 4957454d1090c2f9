import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod, Service } from '#api/core/v1.ts'
import type { Cache } from '#cache/cache.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Recorder } from '#reconcile/events.ts'
import type { Names } from './container/dns.ts'
import { fieldPathOf, type Ground } from './ground.ts'
import type { NodeShape } from './node/host.ts'
import { runNode } from './node/node.ts'
import type { PodFeed } from './node/pods.ts'
import type { Sources } from './node/sources.ts'
import { PodWorker } from './pod/worker.ts'
import { Probes } from './probes/probes.ts'
import type { ContainerRuntime, ObservedPod } from './runtime.ts'
import type { Served } from './server.ts'
import { PodVolumes } from './volumes/pod-volumes.ts'

/** What a kubelet is made of. Many of one process share `pods` (podsByNode), `services` and `sources`. */
export interface KubeletOptions {
  readonly node: NodeShape
  readonly runtime: ContainerRuntime
  readonly client: Client
  readonly pods: PodFeed
  readonly services: Cache<Service>
  readonly sources: Sources
  readonly events: Recorder
  readonly clock: Clock
  readonly log: Log
  /** Where pods' files lie; without it none are written: for runtimes that have no containers to see them. */
  readonly dataDir?: string
  /** Cluster DNS and domain; the host's resolv.conf is read by the kubelet. */
  readonly names: Omit<Names, 'resolvConf'>
  /** Spreads heartbeats of many nodes: from 0 to 1. */
  readonly random?: () => number
}

const runtimeRetryMs = 1000

/** A kubelet: its node's agent, and what the server of logs and exec asks for pods. */
export interface Kubelet extends Component {
  /** A pod of this node. */
  find(namespace: string, name: string): Served | undefined
  /** All pods of this node. */
  pods(): readonly Readonly<Pod>[]
}

/** Makes the pods that are bound to a node run there. */
export function kubelet(options: KubeletOptions): Kubelet {
  const { node, runtime, pods, clock, log, dataDir, events } = options
  const workers = new Map<string, PodWorker>()
  const probes = new Probes({
    runtime,
    clock,
    changed: uid => workers.get(uid)?.wake(),
    tell: (pod, container, message) => events.event(pod, 'Warning', 'Unhealthy', message, fieldPathOf(pod, container)),
  })

  async function run(signal: AbortSignal): Promise<void> {
    const ground = await groundOf(options, probes)
    const update = (uid: string, pod: Readonly<Pod> | undefined): void => {
      const worker = workers.get(uid)
      if (worker) worker.update(pod)
      else if (pod) look(pod).wake()
    }
    const look = (pod: Readonly<Pod>): PodWorker => {
      const uid = pod.metadata.uid!
      const worker = new PodWorker(pod, ground, () => workers.delete(uid))
      workers.set(uid, worker)
      return worker
    }
    const registered = runNode(node, options, signal)
    const unsubscribe = await begin(update, look, signal)
    const changes = follow(signal)
    await Promise.all([registered, changes])
    unsubscribe?.()
    await Promise.all(Array.from(workers.values(), worker => worker.stop()))
    probes.stop()
  }

  /** Takes over what is there: the pods that the API has, and the remains of those it has no more. */
  async function begin(
    update: (uid: string, pod: Readonly<Pod> | undefined) => void,
    look: (pod: Readonly<Pod>) => PodWorker,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined> {
    try {
      await Promise.all([pods.ready(signal), options.services.ready(signal)])
      for (const pod of pods.list()) runtime.adopt(pod)
      const observed = await observeAll(signal)
      const unsubscribe = pods.subscribe(update)
      for (const pod of pods.list()) update(pod.metadata.uid!, pod)
      for (const orphan of observed) if (!workers.has(orphan.uid)) look(remains(orphan)).update(undefined)
      await removeStrayFiles()
      return unsubscribe
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }

  /** What there is on the node. A runtime that does not answer yet is waited for: until then the node is not ready. */
  async function observeAll(signal: AbortSignal): Promise<readonly ObservedPod[]> {
    for (;;) {
      try {
        return await runtime.observe()
      } catch (error) {
        log.warn('the container runtime does not answer', { node: node.name, error: String(error) })
        await clock.sleep(runtimeRetryMs, signal)
        signal.throwIfAborted()
      }
    }
  }

  async function removeStrayFiles(): Promise<void> {
    if (!dataDir) return
    const root = join(dataDir, 'pods')
    for (const uid of await readdir(root).catch(() => [])) {
      if (workers.has(uid)) continue
      await new PodVolumes(join(root, uid)).tearDown()
      await rm(join(root, uid), { recursive: true, force: true })
    }
  }

  async function follow(signal: AbortSignal): Promise<void> {
    for await (const { podUid } of runtime.changes(signal)) {
      if (podUid === undefined) for (const worker of workers.values()) worker.wake()
      else workers.get(podUid)?.wake()
    }
    if (!signal.aborted) log.warn('the container runtime stopped telling of changes', { node: node.name })
  }

  return {
    name: `kubelet ${node.name}`,
    run,
    pods: () => Array.from(workers.values(), ({ pod, status }) => ({ ...pod, status })),
    find: (namespace, name) => {
      for (const { pod, status } of workers.values())
        if (pod.metadata.name === name && pod.metadata.namespace === namespace) return { pod, status, runtime }
      return undefined
    },
  }
}

async function groundOf(options: KubeletOptions, probes: Probes): Promise<Ground> {
  const { node, runtime, client, sources, services, events, clock, log, dataDir, names } = options
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
  return {
    nodeName: node.name,
    hostIps: node.ips,
    allocatable: node.capacity,
    names: { ...names, resolvConf: await read('/etc/resolv.conf') },
    hostsOfHost: await read('/etc/hosts'),
    dataDir,
    runtime,
    client,
    sources,
    services,
    probes,
    events,
    clock,
    log,
  }
}

/** What is left of a pod that the API no longer knows, as a pod. */
const remains = ({ uid, namespace, name, containers }: ObservedPod): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { uid, namespace, name },
  spec: {
    containers: [...new Set(containers.map(each => each.name))].map(each => ({ name: each })),
    terminationGracePeriodSeconds: Math.max(0, ...containers.map(({ graceSeconds }) => graceSeconds)),
  },
})
