import { scheduler as turn } from 'node:timers/promises'
import { Namespace, Node, Pod } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Cache } from '#cache/cache.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Caches } from '#reconcile/caches.ts'
import type { Recorder } from '#reconcile/events.ts'
import { bind, markUnscheduled } from './binder.ts'
import { asksAnew, nodeEvents, podEvents } from './events.ts'
import { explain } from './message.ts'
import type { ClusterEvent, SchedulerPlugin } from './plugin.ts'
import { plugins as defaultPlugins } from './plugins/index.ts'
import { Queue, type Waiting } from './queue.ts'
import { schedule } from './schedule.ts'
import { Ledger } from './snapshot.ts'

export interface SchedulerOptions {
  readonly client: Pick<Client, 'post' | 'patch'>
  /** Followed by whoever made them. */
  readonly caches: Pick<Caches, 'of' | 'ready'>
  readonly clock: Clock
  readonly log: Log
  readonly events: Recorder
  /** The pods with this spec.schedulerName are ours. */
  readonly name?: string
  readonly plugins?: readonly SchedulerPlugin[]
  /** 0 ≤ random() < 1: breaks ties between equally good nodes. */
  random?(): number
}

/** Gives every pod without a node one. */
export function scheduler(options: SchedulerOptions): Component {
  return { name: 'scheduler', run: signal => new Scheduler(options, signal).run() }
}

/** Bindings under way at once: enough to keep the API server busy, few enough not to drown it. */
const mostBindings = 100

/** Pods decided on before others on this thread get their turn. */
const stretch = 50

class Scheduler {
  readonly #options: SchedulerOptions
  readonly #signal: AbortSignal
  readonly #name: string
  readonly #plugins: readonly SchedulerPlugin[]
  readonly #random: () => number
  readonly #ledger: Ledger = new Ledger()
  readonly #queue: Queue
  readonly #bindings: Set<Promise<void>> = new Set()
  readonly #pods: Cache<Pod>
  readonly #nodes: Cache<Node>
  readonly #namespaces: Cache<Namespace>
  #start = 0
  #news = new AbortController()

  constructor(options: SchedulerOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    this.#name = options.name ?? 'default-scheduler'
    this.#plugins = options.plugins ?? defaultPlugins
    this.#random = options.random ?? Math.random
    this.#queue = new Queue(this.#plugins)
    this.#pods = options.caches.of(Pod)
    this.#nodes = options.caches.of(Node)
    this.#namespaces = options.caches.of(Namespace)
  }

  async run(): Promise<void> {
    try {
      await this.#options.caches.ready(this.#signal)
    } catch (error) {
      if (this.#signal.aborted) return
      throw error
    }
    for (const namespace of this.#namespaces.list()) this.#namespace(undefined, namespace)
    for (const node of this.#nodes.list()) this.#node(undefined, node)
    for (const pod of this.#pods.list()) this.#pod(undefined, pod)
    const stops = [
      this.#namespaces.subscribe((before, after) => this.#namespace(before, after)),
      this.#nodes.subscribe((before, after) => this.#node(before, after)),
      this.#pods.subscribe((before, after) => this.#pod(before, after)),
    ]
    const stop = (): void => this.#rouse()
    this.#signal.addEventListener('abort', stop, { once: true })
    try {
      while (!this.#signal.aborted) {
        await this.#work()
        await this.#rest()
      }
      await Promise.all(this.#bindings)
    } finally {
      for (const unsubscribe of stops) unsubscribe()
      this.#signal.removeEventListener('abort', stop)
    }
  }

  get #now(): number {
    return this.#options.clock.now().getTime()
  }

  /** Tries every pod that can be tried now. */
  async #work(): Promise<void> {
    for (let done = 1; !this.#signal.aborted; done++) {
      const waiting = this.#queue.take(this.#now)
      if (!waiting) return
      this.#try(waiting)
      if (done % stretch === 0) await turn.yield()
      while (this.#bindings.size >= mostBindings) await this.#sleep()
    }
  }

  async #rest(): Promise<void> {
    const at = this.#queue.nextAt()
    await this.#sleep(at === undefined ? undefined : Math.max(0, at - this.#now))
  }

  /** Sleeps until there is news, or for a time. */
  async #sleep(ms = 2 ** 31 - 1): Promise<void> {
    if (this.#signal.aborted) return
    await this.#options.clock.sleep(ms, this.#news.signal)
    this.#news = new AbortController()
  }

  /** There is news. Said thousands of times a second, and each abort would make an error with its stack. */
  #rouse(): void {
    if (!this.#news.signal.aborted) this.#news.abort('news')
  }

  #try(waiting: Waiting): void {
    const { info } = waiting
    const result = schedule(info, this.#ledger, this.#plugins, { start: this.#start, random: this.#random })
    this.#start = (this.#start + result.examined) % Math.max(1, this.#ledger.nodes.length)
    if (!result.node) {
      const message = explain(info, result)
      this.#queue.reject(waiting, result.rejectedBy, this.#now)
      this.#complain(info.pod, 'Unschedulable', message)
      return
    }
    this.#ledger.assume(info, result.node.name)
    const binding = this.#bind(waiting, result.node.name).finally(() => {
      this.#bindings.delete(binding)
      this.#rouse()
    })
    this.#bindings.add(binding)
  }

  async #bind(waiting: Waiting, node: string): Promise<void> {
    const { client, events } = this.#options
    const { pod } = waiting.info
    try {
      await bind(client, pod, node, this.#signal)
      events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`)
    } catch (error) {
      if (this.#signal.aborted) return
      this.#ledger.forget(waiting.id)
      this.#wake('pod gone')
      this.#queue.retry(waiting, this.#now)
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return
      const message = `running Bind plugin "DefaultBinder": ${error instanceof Error ? error.message : error}`
      this.#complain(pod, 'SchedulerError', message)
    }
  }

  /** Tells the pod's owner why it waits. */
  #complain(pod: Pod, reason: 'Unschedulable' | 'SchedulerError', message: string): void {
    const { client, clock, events, log } = this.#options
    events.event(pod, 'Warning', 'FailedScheduling', shortened(message))
    // The cache may know the pod by a newer status than the queue does.
    const newest = this.#pods.get(keyOf(pod))?.object ?? pod
    markUnscheduled(client, newest, { reason, message }, clock.now(), this.#signal).catch(error => {
      if (!this.#signal.aborted && !isReason(error, 'NotFound')) log.warn('cannot update a pod', { pod: keyOf(pod), error })
    })
  }

  #namespace(before: Namespace | undefined, after: Namespace | undefined): void {
    if (after) this.#ledger.putNamespace(after)
    else this.#ledger.removeNamespace(before!.metadata.name!)
  }

  #node(before: Node | undefined, after: Node | undefined): void {
    if (after) this.#ledger.putNode(after)
    else this.#ledger.removeNode(before!.metadata.name!)
    for (const event of nodeEvents(before, after)) this.#wake(event)
  }

  #pod(before: Pod | undefined, after: Pod | undefined): void {
    // The name may have gone to another pod while we were not looking.
    if (before && before.metadata.uid !== after?.metadata.uid) {
      this.#queue.delete(before.metadata.uid!)
      this.#ledger.removePod(before.metadata.uid!)
    }
    if (after) {
      this.#ledger.putPod(after)
      if (this.#waits(after)) {
        this.#queue.put(after, this.#now, before && asksAnew(before, after))
        this.#rouse()
      } else this.#queue.delete(after.metadata.uid!)
    }
    for (const event of podEvents(before, after)) this.#wake(event)
  }

  #waits({ metadata, spec, status }: Pod): boolean {
    if (spec.nodeName || metadata.deletionTimestamp || spec.schedulingGates?.length) return false
    return spec.schedulerName === this.#name && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
  }

  #wake(event: ClusterEvent): void {
    this.#queue.wake(event, this.#now)
    this.#rouse()
  }
}

/** An event's text has at most 1024 bytes. */
const shortened = (message: string): string => (message.length <= 1024 ? message : `${message.slice(0, 1020)} ...`)
