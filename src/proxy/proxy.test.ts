import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import type { Kind } from '#api/kind.ts'
import { type KubeObject, keyOf } from '#api/object.ts'
import { Cache, type News } from '#cache/cache.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import type { Changes, Dataplane } from './dataplane.ts'
import { kubeProxy, type ProxyOptions } from './proxy.ts'

const service = (name: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name },
  spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: 'TCP' }] },
})

const slice = (name: string, of: string, ...addresses: string[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'default', name, labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints: addresses.map(address => ({ addresses: [address] })),
  ports: [{ port: 8080, protocol: 'TCP' }],
})

/** Caches that hear what a test tells them. */
class World {
  readonly stop = new AbortController()
  readonly #caches = new Map<string, Cache>()
  readonly #tell = new Map<string, (news: News<KubeObject>) => void>()
  #revision = 1

  constructor(...objects: KubeObject[]) {
    for (const kind of [Service, EndpointSlice] as Kind[]) {
      const items = objects.filter(each => each.kind === kind.kind).map(object => ({ object, revision: 1 }))
      const pending: News<KubeObject>[] = [{ type: 'reset', items, revision: 1 }]
      let wake = (): void => {}
      const cache = new Cache()
      this.#caches.set(kind.kind, cache)
      this.#tell.set(kind.kind, news => {
        pending.push(news)
        wake()
      })
      void cache.follow(async function* (signal) {
        signal.addEventListener('abort', () => wake())
        while (!signal.aborted) {
          yield* pending.splice(0)
          if (pending.length === 0) await new Promise<void>(resolve => (wake = resolve))
        }
      }, this.stop.signal)
    }
  }

  readonly caches = {
    of: (kind: Kind) => this.#caches.get(kind.kind)!,
    ready: () => Promise.all([...this.#caches.values()].map(cache => cache.ready())),
  } as unknown as ProxyOptions['caches']

  put(object: KubeObject): void {
    this.#tell.get(object.kind)!({ type: 'put', item: { object, revision: ++this.#revision } })
  }

  delete(object: KubeObject): void {
    this.#tell.get(object.kind)!({ type: 'delete', key: keyOf(object), revision: ++this.#revision })
  }
}

/** Writes down what it is told. */
class Notebook extends EventEmitter implements Dataplane {
  readonly name = 'notebook'
  removed = false
  failures = 0

  async program(changes: Changes): Promise<void> {
    const told = [...changes].map(
      ([key, rules]) => `${key} ${rules.map(rule => rule.cluster.map(each => each.address).join('+')).join()}`,
    )
    this.emit('told', told)
    if (this.failures-- > 0) throw new Error('no')
  }

  async remove(): Promise<void> {
    this.removed = true
  }
}

describe('kube-proxy', () => {
  const notebook = new Notebook()
  const told = async (): Promise<string[]> => {
    for (;;) {
      const [lines] = (await once(notebook, 'told')) as [string[]]
      if (lines.length > 0) return lines
    }
  }

  it('tells the dataplane everything at first, then what changed, and takes it back at the end if asked', async () => {
    const world = new World(service('a', '10.96.0.1'), service('b', '10.96.0.2'), slice('a-1', 'a', '10.244.0.2'))
    const { caches, stop } = world
    const running = kubeProxy({
      caches,
      clock: realClock,
      log: silent,
      here: { nodes: [] },
      dataplanes: [notebook],
      removeAtStop: true,
    }).run(stop.signal)
    assert.deepEqual(await told(), ['default/a 10.244.0.2', 'default/b '])

    world.put(slice('b-1', 'b', '10.244.0.3'))
    assert.deepEqual(await told(), ['default/b 10.244.0.3'])

    world.put(slice('b-2', 'b', '10.244.0.4'))
    world.put(slice('a-1', 'a'))
    assert.deepEqual(await told(), ['default/b 10.244.0.3+10.244.0.4', 'default/a '])

    world.delete(slice('b-1', 'b'))
    assert.deepEqual(await told(), ['default/b 10.244.0.4'])

    world.delete(service('a', '10.96.0.1'))
    assert.deepEqual(await told(), ['default/a '])

    stop.abort()
    await running
    assert.equal(notebook.removed, true)
  })

  it('calls a dataplane that failed again, soon', async () => {
    notebook.failures = 1
    const { caches, stop } = new World(service('a', '10.96.0.1'))
    const running = kubeProxy({ caches, clock: realClock, log: silent, here: { nodes: [] }, dataplanes: [notebook] }).run(
      stop.signal,
    )
    await told()
    await once(notebook, 'told')
    assert.equal(notebook.failures, -1)
    stop.abort()
    await running
  })
})
