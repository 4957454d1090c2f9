import { Node, Pod, type PodCondition } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Cache } from '#cache/cache.ts'
import type { Component } from '#machinery/component.ts'
import { withCondition } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'
import type { Ground } from '#reconcile/run.ts'
import { readyStatus } from './decide/node-health.ts'
import { isTerminal, isTerminating } from './decide/pods.ts'

const sweepMs = 20_000
/** How long a node must have been missing before its pods are taken for lost. */
const quarantineMs = 40_000

export interface PodGcOptions {
  /** So many ended pods may lie about; the oldest go first. 0: any number. Default: 12,500. */
  readonly terminatedPodThreshold?: number
}

/** Removes pods that nobody else will: of nodes that are gone, deleted before they had a node, and ended ones that are too many. */
export function podGarbageCollector(ground: Ground, { terminatedPodThreshold = 12_500 }: PodGcOptions = {}): Component {
  return {
    name: 'pod-garbage-collector-controller',
    async run(signal) {
      const pods = ground.caches.of(Pod)
      const nodes = ground.caches.of(Node)
      const sweeper = new Sweeper(ground, pods, nodes, signal)
      try {
        await Promise.all([pods.ready(signal), nodes.ready(signal)])
        while (!signal.aborted) {
          await sweeper.sweep(terminatedPodThreshold)
          await ground.clock.sleep(sweepMs, signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}

class Sweeper {
  readonly #ground: Ground
  readonly #pods: Cache<Pod>
  readonly #nodes: Cache<Node>
  readonly #signal: AbortSignal
  /** Since when nodes that pods name have been missing. */
  readonly #missing = new Map<string, number>()

  constructor(ground: Ground, pods: Cache<Pod>, nodes: Cache<Node>, signal: AbortSignal) {
    this.#ground = ground
    this.#pods = pods
    this.#nodes = nodes
    this.#signal = signal
  }

  async sweep(threshold: number): Promise<void> {
    const pods = this.#pods.list()
    const lost = await this.#lostNodes(pods)
    const now = timestamp(this.#ground.clock.now())
    const gone: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: now,
    }
    const doomed = new Map<Pod, PodCondition | undefined>()
    for (const pod of pods) {
      const node = pod.spec?.nodeName
      if (node && lost.has(node)) doomed.set(pod, gone)
      else if (!node ? pod.metadata.deletionTimestamp : isTerminating(pod) && this.#isOutOfService(node))
        doomed.set(pod, undefined)
    }
    if (threshold > 0) for (const pod of surplus(pods, threshold)) doomed.set(pod, undefined)
    await Promise.all([...doomed].map(([pod, condition]) => this.#remove(pod, condition)))
  }

  /** The nodes that pods name, that have been missing for long enough, and that the server does not know either. */
  async #lostNodes(pods: readonly Pod[]): Promise<ReadonlySet<string>> {
    const now = this.#ground.clock.now().getTime()
    const named = new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))
    for (const name of this.#missing.keys()) if (!named.has(name) || this.#node(name)) this.#missing.delete(name)
    for (const name of named) if (!this.#node(name) && !this.#missing.has(name)) this.#missing.set(name, now)
    const suspects = [...this.#missing].filter(([, since]) => now - since >= quarantineMs).map(([name]) => name)
    const lost = await Promise.all(suspects.map(async name => ((await this.#exists(name)) ? [] : [name])))
    return new Set(lost.flat())
  }

  #node(name: string): Node | undefined {
    return this.#nodes.get({ namespace: '', name })?.object
  }

  async #exists(name: string): Promise<boolean> {
    try {
      await this.#ground.client.get(Node, { namespace: '', name }, this.#signal)
      return true
    } catch (error) {
      return !isReason(error, 'NotFound')
    }
  }

  #isOutOfService(name: string): boolean {
    const node = this.#node(name)
    const tainted = node?.spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? false
    return tainted && readyStatus(node!) !== 'True'
  }

  /** Marks a pod as failed, if it has not ended, and deletes it without grace. What fails is tried again in the next sweep. */
  async #remove(pod: Pod, condition: PodCondition | undefined): Promise<void> {
    const { client, log } = this.#ground
    try {
      if (!isTerminal(pod)) {
        const conditions = condition ? withCondition(pod.status?.conditions, condition) : pod.status?.conditions
        const status: Pod['status'] = { ...pod.status, phase: 'Failed', ...(conditions && { conditions }) }
        await client.update(Pod, { ...pod, status }, { subresource: 'status' }, this.#signal)
      }
      await client.delete(Pod, keyOf(pod), { graceSeconds: 0, uid: pod.metadata.uid }, this.#signal)
    } catch (error) {
      if (!isReason(error, 'NotFound'))
        log.debug(`pod garbage collector: ${pod.metadata.namespace}/${pod.metadata.name}: ${error}`)
    }
  }
}

/** The ended pods beyond the threshold: evicted ones first, then the oldest. */
function surplus(pods: readonly Pod[], threshold: number): readonly Pod[] {
  const ended = pods.filter(isTerminal)
  if (ended.length <= threshold) return []
  const isEvicted = ({ status }: Pod): boolean => status?.phase === 'Failed' && status.reason === 'Evicted'
  const age = ({ metadata }: Pod): string => `${metadata.creationTimestamp} ${metadata.name}`
  const oldestFirst = ended.sort((a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || (age(a) < age(b) ? -1 : 1))
  return oldestFirst.slice(0, ended.length - threshold)
}
