import { type Kind, qualified } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import { type Key, type KubeObject, keyOf, keyText } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Component } from '#machinery/component.ts'
import { groupOf } from '#reconcile/owners.ts'
import { Queue } from '#reconcile/queue.ts'
import type { Ground } from '#reconcile/run.ts'
import { blocks, foreground, has, isDying, judge, type OwnerState, orphan, stateOf } from './decide/ownership.ts'
import { type Owned, Ownership } from './ownership.ts'

const workers = 20
/** How often to look for kinds that have come since. */
const discoverMs = 30_000
/** How long at most to wait at the start for all kinds to be known. */
const patienceMs = 30_000
/** Owners known to be gone are remembered, so that they are asked for once. */
const remembered = 500

/** Deletes what has lost its owners, and sees deletions through that go top-down (foreground) or that spare dependents (orphan). */
export function garbageCollector(ground: Ground): Component {
  return { name: 'garbage-collector-controller', run: signal => new GarbageCollector(ground, signal).run() }
}

class GarbageCollector {
  readonly #ground: Ground
  readonly #signal: AbortSignal
  readonly #ownership: Ownership
  readonly #queue: Queue<Owned>
  readonly #absent = new Set<string>()

  constructor(ground: Ground, signal: AbortSignal) {
    this.#ground = ground
    this.#signal = signal
    this.#queue = new Queue(({ kind, key, uid }) => `${qualified(kind)} ${keyText(key)} ${uid}`, ground.clock)
    this.#ownership = new Ownership(ground, owned => this.#queue.add(owned), signal)
  }

  async run(): Promise<void> {
    try {
      await this.#ownership.discover()
      await this.#ownership.ready(patienceMs)
      await Promise.all([this.#rediscover(), ...Array.from({ length: workers }, () => this.#work())])
    } catch (error) {
      if (!this.#signal.aborted) throw error
    } finally {
      this.#ownership.stop()
    }
  }

  async #rediscover(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#ground.clock.sleep(discoverMs, this.#signal)
      if (!this.#signal.aborted) await this.#ownership.discover()
    }
  }

  async #work(): Promise<void> {
    for (let item: Owned | undefined; (item = await this.#queue.take(this.#signal)); this.#queue.done(item)) {
      try {
        await this.#attend(item)
        this.#queue.forget(item)
      } catch (error) {
        if (this.#signal.aborted) return
        this.#ground.log.debug(`garbage collector: ${item.kind.plural} ${keyText(item.key)}: ${error}`)
        this.#queue.fail(item, this.#signal)
      }
    }
  }

  async #attend(item: Owned): Promise<void> {
    const object = this.#ownership.get(item)
    if (!object) return
    if (!object.metadata.deletionTimestamp) return this.#collect(item.kind, object)
    if (has(object, orphan)) return this.#orphan(item.kind, object)
    if (isDying(object)) return this.#goLast(item.kind, object)
  }

  /**
   * Deletes an object if none of its owners is left. It is judged as the cache shows it: should it have changed since,
   * the server refuses, and there is a next time.
   */
  async #collect(kind: Kind, object: KubeObject): Promise<void> {
    const { uid, resourceVersion } = object.metadata
    const dependents = this.#ownership.dependentsOf(uid ?? '').map(each => each.object)
    const verdict = judge(object, await this.#statesOf(object), dependents)
    if (verdict.act === 'leave') return
    if (verdict.act === 'unlink') return this.#link(kind, object, verdict.keep)
    if (verdict.unblock) {
      const freed = object.metadata.ownerReferences?.map(reference => ({ ...reference, blockOwnerDeletion: false })) ?? []
      await this.#link(kind, object, freed)
    }
    const still = { uid, resourceVersion: verdict.unblock ? undefined : resourceVersion }
    await gone(this.#ground.client.delete(kind, keyOf(object), { ...still, propagation: verdict.propagation }, this.#signal))
  }

  /** An object that is to go last goes when nothing that blocks it is left; until then, what blocks it is looked at. */
  async #goLast(kind: Kind, object: KubeObject): Promise<void> {
    const uid = object.metadata.uid ?? ''
    const blocking = this.#ownership.dependentsOf(uid).filter(dependent => blocks(dependent.object, uid))
    if (blocking.length === 0) return this.#unhold(kind, object, foreground)
    for (const { owned, object: dependent } of blocking) if (!isDying(dependent)) this.#queue.add(owned)
  }

  /** An object that spares its dependents goes when none refers to it any more. */
  async #orphan(kind: Kind, object: KubeObject): Promise<void> {
    const dependents = this.#ownership.dependentsOf(object.metadata.uid ?? '')
    await Promise.all(
      dependents.map(({ owned, object: dependent }) => {
        const rest = dependent.metadata.ownerReferences?.filter(({ uid }) => uid !== object.metadata.uid) ?? []
        return this.#link(owned.kind, dependent, rest)
      }),
    )
    await this.#unhold(kind, object, orphan)
  }

  #statesOf(object: KubeObject): Promise<OwnerState[]> {
    const { namespace = '', ownerReferences = [] } = object.metadata
    return Promise.all(ownerReferences.map(reference => this.#stateOf(reference, namespace)))
  }

  /** Only the server's word counts for absence: a cache may be behind. */
  async #stateOf(reference: OwnerReference, namespace: string): Promise<OwnerState> {
    const { uid, name } = reference
    const cached = this.#ownership.ownerOf(reference, namespace)
    if (cached) return stateOf(cached)
    if (this.#absent.has(`${namespace}/${uid}`)) return 'absent'
    const kind = this.#ownership.kindOf(groupOf(reference.apiVersion), reference.kind)
    if (!kind) throw new Error(`no matches for kind "${reference.kind}" in version "${reference.apiVersion}"`)
    const owner = await this.#fetch(kind, { namespace: kind.scope === 'Namespaced' ? namespace : '', name })
    if (owner?.metadata.uid === uid) return stateOf(owner)
    this.#absent.add(`${namespace}/${uid}`)
    for (const oldest of this.#absent) {
      if (this.#absent.size > remembered) this.#absent.delete(oldest)
      break
    }
    return 'absent'
  }

  #fetch(kind: Kind, key: Key): Promise<KubeObject | undefined> {
    return gone(this.#ground.client.get(kind, key, this.#signal))
  }

  async #link(kind: Kind, object: KubeObject, ownerReferences: readonly OwnerReference[]): Promise<void> {
    const { uid, resourceVersion } = object.metadata
    const metadata = { uid, resourceVersion, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null }
    await gone(this.#ground.client.patch(kind, keyOf(object), { type: 'merge', body: { metadata } }, this.#signal))
  }

  async #unhold(kind: Kind, object: KubeObject, finalizer: string): Promise<void> {
    const { uid, resourceVersion } = object.metadata
    const finalizers = object.metadata.finalizers?.filter(each => each !== finalizer)
    const metadata = { uid, resourceVersion, finalizers }
    await gone(this.#ground.client.patch(kind, keyOf(object), { type: 'merge', body: { metadata } }, this.#signal))
  }
}

/** What was asked of an object that may have gone meanwhile, which is as good. */
async function gone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined
    throw error
  }
}
