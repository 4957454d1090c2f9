import { scheduler as turn } from 'node:timers/promises'
import { Namespace, Node, Pod } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { PodDisruptionBudget } from '#api/policy/v1.ts'
import { isReason } from '#api/status.ts'
import type { Cache } from '#cache/cache.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Caches } from '#reconcile/caches.ts'
import type { Recorder } from '#reconcile/events.ts'
import { bind, evict, markUnscheduled, type Pen, type Unscheduled, withdraw } from './binder.ts'
import { asksAnew, nodeEvents, podEvents } from './events.ts'
import { explain } from './message.ts'
import { podInfo } from './node-info.ts'
import type { ClusterEvent, SchedulerPlugin } from './plugin.ts'
import { plugins as defaultPlugins } from './plugins/index.ts'
import { Budgets } from './preemption/budgets.ts'
import { type Preemption, preempt } from './preemption/preempt.ts'
import type { Candidate } from './preemption/victims.ts'
import { Queue, type Waiting } from './queue.ts'
import { schedule, type Unplaced } from './schedule.ts'
import { Ledger } from './snapshot.ts'

export interface SchedulerOptions {
  readonly client: Pen
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

/** Bindings and preemptions under way at once: enough to keep the API server busy, few enough not to drown it. */
const mostUnderway = 100

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
  readonly #underway: Set<Promise<void>> = new Set()
  readonly #pods: Cache<Pod>
  readonly #nodes: Cache<Node>
  readonly #namespaces: Cache<Namespace>
  readonly #budgets: Cache<PodDisruptionBudget>
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
    this.#budgets = options.caches.of(PodDisruptionBudget)
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
      await Promise.all(this.#underway)
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
      while (this.#underway.size >= mostUnderway) await this.#sleep()
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
    if (result.node) {
      this.#ledger.assume(info, result.node.name)
      this.#begin(this.#bind(waiting, result.node.name))
    } else this.#preempt(waiting, result)
  }

  /** Lets what goes on in the background go on, and keeps account of it. */
  #begin(work: Promise<void>): void {
    const all = work.finally(() => {
      this.#underway.delete(all)
      this.#rouse()
    })
    this.#underway.add(all)
  }

  /** What becomes of a pod that no node takes: it takes the place of others, or waits. */
  #preempt(waiting: Waiting, why: Unplaced): void {
    const { info, id } = waiting
    const budgets = new Budgets(() => this.#budgets.list())
    const ground = { ledger: this.#ledger, plugins: this.#plugins, budgets, now: this.#now, random: this.#random }
    const preemption = preempt(info, why, ground)
    const node = promiseOf(preemption)
    this.#complain(info.pod, { reason: 'Unschedulable', message: explain(why, preemption), nominatedNodeName: node })
    if (node === '') this.#ledger.nominations.delete(id)
    const leaving = 'candidate' in preemption && preemption.candidate.victims.some(({ pod }) => !pod.metadata.deletionTimestamp)
    if ('candidate' in preemption) this.#ledger.nominations.set(info, node)
    if (leaving) this.#begin(this.#makeRoom(waiting, preemption.candidate))
    else this.#queue.reject(waiting, why.rejectedBy, this.#now)
  }

  /** Sends those away who must go for a pod, and then lets it try again: what happens meanwhile nobody tells it. */
  async #makeRoom(waiting: Waiting, { node, victims }: Candidate): Promise<void> {
    const { client, clock, events, log } = this.#options
    const { pod, priority } = waiting.info
    const signal = this.#signal
    const lesser = this.#ledger.nominations.on(node.name).filter(other => other.priority < priority)
    for (const { pod: other } of lesser) this.#ledger.nominations.delete(other.metadata.uid!)
    try {
      await Promise.all(lesser.map(({ pod: other }) => withdraw(client, other, signal)))
      const told = victims.map(async ({ pod: victim }) => {
        if (victim.metadata.deletionTimestamp) return
        const revision = await evict(client, victim, pod, clock.now(), signal)
        if (!revision) return
        events.event(victim, 'Normal', 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${node.name}`)
        await this.#pods.reach(revision, signal)
      })
      await Promise.all(told)
    } catch (error) {
      if (!signal.aborted) log.warn('cannot preempt a pod', { for: keyOf(pod), error })
    } finally {
      this.#queue.retry(waiting, this.#now)
    }
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
      this.#complain(pod, { reason: 'SchedulerError', message })
    }
  }

  /** Tells the pod's owner why it waits. */
  #complain(pod: Pod, said: Unscheduled): void {
    const { client, clock, events, log } = this.#options
    events.event(pod, 'Warning', 'FailedScheduling', shortened(said.message))
    // The cache may know the pod by a newer status than the queue does.
    const newest = this.#pods.get(keyOf(pod))?.object ?? pod
    markUnscheduled(client, newest, said, clock.now(), this.#signal).catch(error => {
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
        const promise = after.status?.nominatedNodeName
        if (promise !== before?.status?.nominatedNodeName) this.#ledger.nominations.set(podInfo(after), promise)
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

/** The node that a pod is promised from now on; '' is none, undefined as before. */
function promiseOf(preemption: Preemption): string | undefined {
  if ('candidate' in preemption) return preemption.candidate.node.name
  return 'tried' in preemption ? '' : undefined
}
