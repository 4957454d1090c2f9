import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Namespace, Node, Pod } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import { type Key, type KubeObject, keyOf } from '#api/object.ts'
import { PodDisruptionBudget } from '#api/policy/v1.ts'
import { StatusError } from '#api/status.ts'
import { Cache, type News } from '#cache/cache.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { scheduler } from './scheduler.ts'

/** As much of a cluster as a scheduler sees: real caches, told of what a test and the bindings do. */
class World extends EventEmitter {
  readonly #stop = new AbortController()
  readonly #kinds = new Map<string, { cache: Cache; tell(news: News<KubeObject>): void }>()
  readonly events: string[] = []
  /** Thrown instead of binding, once each. */
  readonly refusals: Error[] = []
  readonly #newest = new Map<string, KubeObject>()
  #revision = 1

  constructor() {
    super()
    for (const kind of [Node, Pod, Namespace, PodDisruptionBudget] as Kind[]) {
      const cache = new Cache()
      const tell = (news: News<KubeObject>): void => {
        pending.push(news)
        wake()
      }
      const pending: News<KubeObject>[] = [{ type: 'reset', items: [], revision: 1 }]
      let wake = (): void => {}
      void cache.follow(async function* (signal) {
        signal.addEventListener('abort', () => wake())
        while (!signal.aborted) {
          yield* pending.splice(0)
          if (pending.length === 0) await new Promise<void>(resolve => (wake = resolve))
        }
      }, this.#stop.signal)
      this.#kinds.set(kind.kind, { cache, tell })
    }
  }

  put<T extends KubeObject>(object: T): T {
    const revision = ++this.#revision
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
    this.#newest.set(`${object.kind} ${object.metadata.name}`, stored)
    this.#kinds.get(object.kind)!.tell({ type: 'put', item: { object: stored, revision } })
    return stored
  }

  delete(object: KubeObject): void {
    this.#kinds.get(object.kind)!.tell({ type: 'delete', key: keyOf(object), revision: ++this.#revision })
  }

  pod(name: string): Pod {
    return this.#newest.get(`Pod ${name}`) as Pod
  }

  readonly client = {
    post: async <R>(_: Kind, key: Key, subresource: string, body: unknown): Promise<R> => {
      assert.equal(subresource, 'binding')
      const refusal = this.refusals.shift()
      if (refusal) throw refusal
      const pod = this.pod(key.name)
      const { target } = body as { target: { name: string } }
      this.put({ ...pod, spec: { ...pod.spec, nodeName: target.name } } as Pod)
      this.emit('bound', `${key.name} ${target.name}`)
      return undefined as R
    },
    patch: async <T extends KubeObject>(_: Kind<T>, key: Key, patch: { body: unknown }): Promise<T> => {
      const { status } = patch.body as Pick<Pod, 'status'>
      const before = this.pod(key.name)
      const pod = this.put({ ...before, status: { ...before.status, ...status } } as Pod)
      this.emit('patched', pod)
      return pod as unknown as T
    },
    delete: async (_: Kind, key: Key): Promise<Pod> => {
      const pod = this.pod(key.name)
      const leaving = this.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
      this.emit('deleted', leaving)
      return leaving
    },
  }

  /** Runs a scheduler while something is done. */
  async scheduling(work: () => Promise<void>): Promise<void> {
    const running = scheduler({
      client: this.client as unknown as Parameters<typeof scheduler>[0]['client'],
      caches: {
        of: (kind: Kind) => this.#kinds.get(kind.kind)!.cache,
        ready: () => Promise.all([...this.#kinds.values()].map(({ cache }) => cache.ready())),
      } as unknown as Parameters<typeof scheduler>[0]['caches'],
      clock: realClock,
      log: silent,
      events: {
        event: (about, type, reason, message) => void this.events.push(`${about.metadata.name} ${type} ${reason}: ${message}`),
      },
    }).run(this.#stop.signal)
    try {
      await work()
    } finally {
      this.#stop.abort()
      await running
    }
  }
}

const node = (name: string, pods = '110'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: {},
  status: { allocatable: { cpu: '4', memory: '8Gi', pods } },
})

const pod = (name: string, spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, uid: name },
  spec: { schedulerName: 'default-scheduler', containers: [{ name: 'c', image: 'web' }], ...spec },
})

describe('scheduler', () => {
  let world: World
  const bound = async (): Promise<string> => (await once(world, 'bound'))[0]
  beforeEach(() => {
    world = new World()
  })

  it('binds what is there when it starts and what comes later, and says so', async () => {
    world.put(node('node-1'))
    world.put(pod('a'))
    await world.scheduling(async () => {
      assert.equal(await bound(), 'a node-1')
      world.put(pod('b'))
      assert.equal(await bound(), 'b node-1')
    })
    assert.deepEqual(world.events, [
      'a Normal Scheduled: Successfully assigned default/a to node-1',
      'b Normal Scheduled: Successfully assigned default/b to node-1',
    ])
  })

  it('writes why a pod waits into its status, and binds it as soon as there is room', async () => {
    world.put(node('node-1', '1'))
    world.put(pod('a', { nodeName: 'node-1' }))
    await world.scheduling(async () => {
      world.put(pod('b'))
      const [said] = (await once(world, 'patched')) as [Pod]
      const { type, status, reason, message } = said.status!.conditions![0]!
      assert.deepEqual([type, status, reason], ['PodScheduled', 'False', 'Unschedulable'])
      assert.match(message!, /^0\/1 nodes are available: 1 Too many pods\. no new claims to deallocate, preemption: /)
      assert.equal(world.events[0], `b Warning FailedScheduling: ${message}`)
      world.put(node('node-2'))
      assert.equal(await bound(), 'b node-2')
    })
  })

  it('takes a failed binding back and tries again', async () => {
    world.put(node('node-1', '1'))
    world.put(pod('a'))
    world.refusals.push(new StatusError('InternalError', 'no'))
    await world.scheduling(async () => {
      assert.equal(await bound(), 'a node-1')
    })
    assert.match(world.events[0]!, /^a Warning FailedScheduling: running Bind plugin "DefaultBinder": no$/)
  })

  it('leaves pods alone that are gated, somebody else’s, or on their way out', async () => {
    world.put(node('node-1'))
    world.put(pod('gated', { schedulingGates: [{ name: 'wait' }] }))
    world.put(pod('other', { schedulerName: 'other' }))
    world.put({
      ...pod('leaving'),
      metadata: { namespace: 'default', name: 'leaving', uid: 'leaving', deletionTimestamp: '2026-01-01T00:00:00Z' },
    })
    world.put(pod('a'))
    await world.scheduling(async () => {
      assert.equal(await bound(), 'a node-1')
      world.put(pod('gated'))
      assert.equal(await bound(), 'gated node-1')
    })
  })

  it('sends a pod away for one of higher priority, which has the place when it is free', async () => {
    world.put(node('node-1', '1'))
    world.put(pod('low', { nodeName: 'node-1', priority: 1 }))
    await world.scheduling(async () => {
      const deleted = once(world, 'deleted') as Promise<[Pod]>
      world.put(pod('high', { priority: 2 }))
      const [said] = (await once(world, 'patched')) as [Pod]
      assert.equal(said.status?.nominatedNodeName, 'node-1')
      assert.equal(said.status?.conditions?.[0]?.message, '0/1 nodes are available: 1 Too many pods.')
      const [victim] = await deleted
      const [target] = victim.status!.conditions!
      assert.deepEqual(
        [target?.type, target?.status, target?.reason, target?.message],
        [
          'DisruptionTarget',
          'True',
          'PreemptionByScheduler',
          'default-scheduler: preempting to accommodate a higher priority pod',
        ],
      )
      world.put(pod('late', { priority: 1 }))
      await once(world, 'patched')
      world.delete(victim)
      assert.equal(await bound(), 'high node-1')
    })
    assert.ok(world.events.includes('low Normal Preempted: Preempted by pod high on node node-1'))
  })

  it('gives no node more than it takes, however fast pods come', async () => {
    world.put(node('node-1', '150'))
    for (let i = 0; i < 300; i++) world.put(pod(`p${i}`))
    const names = new Set<string>()
    const waiting = new Set<string>()
    const settled = new Promise<void>(resolve => {
      const note = (set: Set<string>, name: string): void => {
        set.add(name)
        if (names.size + waiting.size === 300) resolve()
      }
      world.on('bound', (what: string) => note(names, what))
      world.on('patched', ({ metadata }: Pod) => note(waiting, metadata.name!))
    })
    await world.scheduling(() => settled)
    assert.equal(names.size, 150)
  })
})
