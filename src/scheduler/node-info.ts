import type { Node, Pod, Taint } from '#api/core/v1.ts'
import type { Labels } from '#machinery/labels.ts'
import { type AffinityTerms, affinityTerms } from './affinity-terms.ts'
import { add, assumed, nothing, type Resources, requestOf, resourcesOf } from './resources.ts'

/** A port that a pod takes on its node. */
export interface HostPort {
  readonly ip: string
  /** `TCP/80` */
  readonly port: string
}

/** A pod with what it costs, worked out once. */
export interface PodInfo {
  readonly pod: Pod
  readonly priority: number
  readonly request: Resources
  /** As `request`, but containers that ask for nothing count as a little. */
  readonly load: Resources
  readonly ports: readonly HostPort[]
  /** What it says about other pods. */
  readonly affinity: AffinityTerms | undefined
}

export const podInfo = (pod: Pod): PodInfo => ({
  pod,
  priority: pod.spec.priority ?? 0,
  request: requestOf(pod),
  load: requestOf(pod, assumed),
  ports: hostPorts(pod),
  affinity: affinityTerms(pod),
})

const anywhere = '0.0.0.0'

function hostPorts({ spec }: Pod): HostPort[] {
  const sidecars = spec.initContainers?.filter(each => each.restartPolicy === 'Always') ?? []
  return [...spec.containers, ...sidecars]
    .flatMap(container => container.ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map(({ hostIP, hostPort, protocol }) => ({ ip: hostIP || anywhere, port: `${protocol || 'TCP'}/${hostPort}` }))
}

/** A node with its pods, and their sums as plain numbers, so that a plugin answers without looking at a single pod. */
export class NodeInfo {
  readonly name: string
  labels: Labels = {}
  taints: readonly Taint[] = []
  unschedulable = false
  allocatable: Resources = nothing()
  /** How many pods the node takes. */
  room = 0
  /** Bytes of each image on the node, by every name it has. */
  images: ReadonlyMap<string, number> = new Map()
  readonly pods: Map<string, PodInfo> = new Map()
  readonly requested: Resources = nothing()
  readonly load: Resources = nothing()
  #lowest: number | undefined
  readonly #ports: Map<string, string[]> = new Map()

  constructor(name: string) {
    this.name = name
  }

  /** Takes over what the node now says of itself. */
  describe({ metadata, spec, status }: Node): void {
    this.labels = metadata.labels ?? {}
    this.taints = spec?.taints ?? []
    this.unschedulable = spec?.unschedulable ?? false
    const allocatable = status?.allocatable
    this.allocatable = resourcesOf(allocatable)
    this.room = Number(allocatable?.pods ?? 0)
    this.images = new Map(
      (status?.images ?? []).flatMap(each => (each.names ?? []).map(name => [name, each.sizeBytes ?? 0] as const)),
    )
  }

  /** The lowest priority of its pods; Infinity without any. */
  get lowestPriority(): number {
    if (this.#lowest !== undefined) return this.#lowest
    let lowest = Infinity
    for (const { priority } of this.pods.values()) lowest = Math.min(lowest, priority)
    return (this.#lowest = lowest)
  }

  add(id: string, pod: PodInfo): void {
    this.pods.set(id, pod)
    if (this.#lowest !== undefined) this.#lowest = Math.min(this.#lowest, pod.priority)
    add(this.requested, pod.request)
    add(this.load, pod.load)
    for (const { ip, port } of pod.ports) this.#ports.set(port, [...(this.#ports.get(port) ?? []), ip])
  }

  remove(id: string): void {
    const pod = this.pods.get(id)
    if (!pod) return
    this.pods.delete(id)
    if (pod.priority === this.#lowest) this.#lowest = undefined
    add(this.requested, pod.request, -1)
    add(this.load, pod.load, -1)
    for (const { ip, port } of pod.ports) {
      const ips = this.#ports.get(port)!
      ips.splice(ips.indexOf(ip), 1)
    }
  }

  /** Whether a pod on the node has this port already: the address of all addresses clashes with any. */
  taken({ ip, port }: HostPort): boolean {
    const ips = this.#ports.get(port)
    return ips !== undefined && ips.length > 0 && (ip === anywhere || ips.includes(ip) || ips.includes(anywhere))
  }
}
