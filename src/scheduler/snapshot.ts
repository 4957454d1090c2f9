import type { Namespace, Node, Pod } from '#api/core/v1.ts'
import type { Labels } from '#machinery/labels.ts'
import { NodeInfo, type PodInfo, podInfo } from './node-info.ts'
import { Nominations } from './nominations.ts'

/** What a plugin sees of the cluster: it does not change while a pod is being placed. */
export interface Snapshot {
  /** Taken in turn from each zone, so that any stretch of the list spreads over all of them. */
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
  /** On how many nodes an image is. */
  spread(image: string): number
  /** The placed pods of a namespace. */
  podsIn(namespace: string): Iterable<Place>
  readonly namespaces: Iterable<string>
  /** The placed pods that say something about other pods. */
  readonly opinionated: Iterable<Place>
  labelsOf(namespace: string): Labels
  /** The node that a pod has been promised. */
  promiseTo(pod: PodInfo): NodeInfo | undefined
  /** Who has been promised this node and goes before a pod, but is not there yet. */
  promised(node: NodeInfo, before: PodInfo): readonly PodInfo[]
  /** What would be found if these pods were on that node already. */
  supposing<T>(pods: readonly PodInfo[], node: NodeInfo, find: () => T): T
}

/** A pod and where it is. */
export interface Place {
  readonly pod: PodInfo
  readonly home: NodeInfo
  /** We put it there, and have not seen it bound yet. */
  readonly assumed: boolean
}

/**
 * The cluster as the scheduler knows it: what the caches said, and on top of it the pods it has placed but not yet seen
 * bound. Every change costs only the node it touches.
 */
export class Ledger implements Snapshot {
  readonly #homes: Map<string, NodeInfo> = new Map()
  readonly #known: Set<NodeInfo> = new Set()
  readonly #places: Map<string, Place> = new Map()
  readonly #images: Map<string, number> = new Map()
  readonly #byNamespace: Map<string, Set<Place>> = new Map()
  readonly #labels: Map<string, Labels> = new Map()
  readonly opinionated: Set<Place> = new Set()
  readonly nominations: Nominations = new Nominations()
  #nodes: readonly NodeInfo[] | undefined

  get nodes(): readonly NodeInfo[] {
    return (this.#nodes ??= inTurn(this.#known))
  }

  node(name: string): NodeInfo | undefined {
    const home = this.#homes.get(name)
    return home && this.#known.has(home) ? home : undefined
  }

  spread(image: string): number {
    return this.#images.get(image) ?? 0
  }

  podsIn(namespace: string): Iterable<Place> {
    return this.#byNamespace.get(namespace) ?? []
  }

  get namespaces(): Iterable<string> {
    return this.#byNamespace.keys()
  }

  labelsOf(namespace: string): Labels {
    return this.#labels.get(namespace) ?? {}
  }

  promiseTo({ pod }: PodInfo): NodeInfo | undefined {
    const name = this.nominations.of(pod.metadata.uid!)
    return name === undefined ? undefined : this.node(name)
  }

  promised(node: NodeInfo, before: PodInfo): readonly PodInfo[] {
    const pods = this.nominations.on(node.name)
    if (pods.length === 0) return pods
    const isOther = ({ pod: { metadata } }: PodInfo): boolean =>
      metadata.uid !== before.pod.metadata.uid && !this.#places.has(metadata.uid!)
    return pods.filter(pod => pod.priority >= before.priority && isOther(pod))
  }

  supposing<T>(pods: readonly PodInfo[], node: NodeInfo, find: () => T): T {
    for (const pod of pods) this.#put(pod, node.name, true)
    try {
      return find()
    } finally {
      for (const { pod } of pods) this.#take(pod.metadata.uid!)
    }
  }

  /** Thinks a placed pod away, until it is put back. */
  lift(id: string): Place {
    const place = this.#places.get(id)!
    this.#take(id)
    return place
  }

  /** Puts a pod back where it was. */
  putBack({ pod, home, assumed }: Place): void {
    this.#put(pod, home.name, assumed)
  }

  putNamespace({ metadata }: Namespace): void {
    this.#labels.set(metadata.name!, metadata.labels ?? {})
  }

  removeNamespace(name: string): void {
    this.#labels.delete(name)
  }

  putNode(node: Node): void {
    const home = this.#home(node.metadata.name!)
    const zone = zoneOf(home)
    this.#count(home, -1)
    home.describe(node)
    this.#count(home, 1)
    if (!this.#known.has(home) || zone !== zoneOf(home)) this.#nodes = undefined
    this.#known.add(home)
  }

  /** Forgets a node, but not the pods that say they are on it: the node may come back before they are gone. */
  removeNode(name: string): void {
    const home = this.#homes.get(name)
    if (!home) return
    this.#count(home, -1)
    home.images = new Map()
    this.#known.delete(home)
    this.#nodes = undefined
    this.#leave(home)
  }

  /** Takes over what the API says of a pod. A pod that is over takes no room; one without a node keeps its assumed place. */
  putPod(pod: Pod): void {
    const id = pod.metadata.uid!
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (over) this.removePod(id)
    else if (pod.spec.nodeName) {
      this.#put(podInfo(pod), pod.spec.nodeName, false)
      this.nominations.delete(id)
    }
  }

  /** Forgets a pod, and what it has been promised. */
  removePod(id: string): void {
    this.#take(id)
    this.nominations.delete(id)
  }

  #take(id: string): void {
    const place = this.#places.get(id)
    if (!place) return
    this.#places.delete(id)
    place.home.remove(id)
    this.opinionated.delete(place)
    const neighbours = this.#byNamespace.get(namespaceOf(place))!
    neighbours.delete(place)
    if (neighbours.size === 0) this.#byNamespace.delete(namespaceOf(place))
    this.#leave(place.home)
  }

  /** Counts a pod as placed, until its binding is seen or `forget` takes it back. */
  assume(pod: PodInfo, node: string): void {
    this.#put(pod, node, true)
  }

  forget(id: string): void {
    if (this.assumed(id)) this.#take(id)
  }

  assumed(id: string): boolean {
    return this.#places.get(id)?.assumed ?? false
  }

  #put(pod: PodInfo, node: string, assumed: boolean): void {
    const id = pod.pod.metadata.uid!
    this.#take(id)
    const home = this.#home(node)
    home.add(id, pod)
    const place: Place = { pod, home, assumed }
    this.#places.set(id, place)
    if (pod.affinity) this.opinionated.add(place)
    const neighbours = this.#byNamespace.get(namespaceOf(place))
    if (neighbours) neighbours.add(place)
    else this.#byNamespace.set(namespaceOf(place), new Set([place]))
  }

  #home(name: string): NodeInfo {
    let home = this.#homes.get(name)
    if (!home) this.#homes.set(name, (home = new NodeInfo(name)))
    return home
  }

  #leave(home: NodeInfo): void {
    if (home.pods.size === 0 && !this.#known.has(home)) this.#homes.delete(home.name)
  }

  #count(home: NodeInfo, sign: 1 | -1): void {
    for (const image of home.images.keys()) {
      const nodes = this.spread(image) + sign
      if (nodes > 0) this.#images.set(image, nodes)
      else this.#images.delete(image)
    }
  }
}

const namespaceOf = ({ pod }: Place): string => pod.pod.metadata.namespace ?? ''

const zoneOf = ({ labels }: NodeInfo): string =>
  `${labels['topology.kubernetes.io/region'] ?? ''}/${labels['topology.kubernetes.io/zone'] ?? ''}`

function inTurn(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = [...Map.groupBy(nodes, zoneOf).values()]
  const longest = Math.max(0, ...zones.map(zone => zone.length))
  return Array.from({ length: longest }, (_, turn) => zones.flatMap(zone => zone[turn] ?? [])).flat()
}
