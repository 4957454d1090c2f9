import type { PodInfo } from './node-info.ts'

const nobody: readonly PodInfo[] = []

/** Which node each pod has been promised that waits for others to make room there. */
export class Nominations {
  readonly #nodes: Map<string, string> = new Map()
  readonly #pods: Map<string, Map<string, PodInfo>> = new Map()

  /** Promises a node, or with none takes the promise back. */
  set(pod: PodInfo, node: string | undefined): void {
    const id = pod.pod.metadata.uid!
    this.delete(id)
    if (!node) return
    this.#nodes.set(id, node)
    const promised = this.#pods.get(node)
    if (promised) promised.set(id, pod)
    else this.#pods.set(node, new Map([[id, pod]]))
  }

  delete(id: string): void {
    const node = this.#nodes.get(id)
    if (node === undefined) return
    this.#nodes.delete(id)
    const promised = this.#pods.get(node)!
    promised.delete(id)
    if (promised.size === 0) this.#pods.delete(node)
  }

  /** The node that a pod has been promised. */
  of(id: string): string | undefined {
    return this.#nodes.get(id)
  }

  /** Who has been promised a node. */
  on(node: string): readonly PodInfo[] {
    const promised = this.#pods.get(node)
    return promised ? [...promised.values()] : nobody
  }
}
