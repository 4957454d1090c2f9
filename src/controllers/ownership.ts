import type { Kind } from '#api/kind.ts'
import type { OwnerReference } from '#api/meta/v1.ts'
import { type Key, type KubeObject, keyOf } from '#api/object.ts'
import type { Cache } from '#cache/cache.ts'
import { equal } from '#machinery/equality.ts'
import { groupOf } from '#reconcile/owners.ts'
import type { Ground } from '#reconcile/run.ts'
import { has, isDying, orphan } from './decide/ownership.ts'

/** An object that may be somebody's, named so that a namesake is not taken for it. */
export interface Owned {
  readonly kind: Kind
  readonly key: Key
  readonly uid: string
}

/**
 * Who owns what, over all kinds that can be deleted. There is no graph to keep: every cache finds objects by the uid of
 * their owners. Calls `wake` with objects that may have to go, or to be let go.
 */
export class Ownership {
  readonly #ground: Ground
  readonly #wake: (owned: Owned) => void
  readonly #signal: AbortSignal
  readonly #kinds = new Map<string, { readonly kind: Kind; readonly cache: Cache<KubeObject> }>()
  readonly #stops: (() => void)[] = []

  constructor(ground: Ground, wake: (owned: Owned) => void, signal: AbortSignal) {
    this.#ground = ground
    this.#wake = wake
    this.#signal = signal
  }

  /** Begins to follow kinds that are not followed yet. That discovery fails is no reason to stop: there is a next time. */
  async discover(): Promise<void> {
    const { client, caches, log } = this.#ground
    try {
      for (const { kind, verbs } of await client.kinds(this.#signal)) {
        const id = `${kind.group}/${kind.kind}`
        // Events are many, short-lived and nobody's.
        const collectable = kind.plural !== 'events' && ['delete', 'list', 'watch'].every(verb => verbs.includes(verb))
        if (collectable && !this.#kinds.has(id)) this.#follow(id, kind, caches.of(kind))
      }
    } catch (error) {
      if (!this.#signal.aborted) log.warn(`garbage collector: discovery failed: ${error}`)
    }
  }

  /** Resolves when all kinds are known, or when that has taken too long: one that cannot be read must not stop the rest. */
  async ready(patienceMs: number): Promise<void> {
    const enough = new AbortController()
    const either = AbortSignal.any([this.#signal, enough.signal])
    void this.#ground.clock.sleep(patienceMs, either).then(() => enough.abort())
    await Promise.allSettled([...this.#kinds.values()].map(({ cache }) => cache.ready(either)))
    enough.abort()
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  get({ kind, key, uid }: Owned): KubeObject | undefined {
    const object = this.#kinds.get(`${kind.group}/${kind.kind}`)?.cache.get(key)?.object
    return object?.metadata.uid === uid ? object : undefined
  }

  kindOf(group: string, kind: string): Kind | undefined {
    return this.#kinds.get(`${group}/${kind}`)?.kind
  }

  /** The owner that a reference means, if it has been seen. */
  ownerOf({ apiVersion: version, kind, name, uid }: OwnerReference, namespace: string): KubeObject | undefined {
    const known = this.#kinds.get(`${groupOf(version)}/${kind}`)
    return (
      known && this.get({ kind: known.kind, key: { namespace: known.kind.scope === 'Namespaced' ? namespace : '', name }, uid })
    )
  }

  /** Everything that refers to an owner. */
  dependentsOf(uid: string): { readonly owned: Owned; readonly object: KubeObject }[] {
    const found: { owned: Owned; object: KubeObject }[] = []
    for (const { kind, cache } of this.#kinds.values())
      for (const object of cache.by('owner', uid)) found.push({ owned: owned(kind, object), object })
    return found
  }

  #follow(id: string, kind: Kind, cache: Cache<KubeObject>): void {
    this.#kinds.set(id, { kind, cache })
    this.#stops.push(cache.subscribe((before, after) => this.#look(kind, before, after)))
    for (const object of cache.list()) this.#look(kind, undefined, object)
  }

  #look(kind: Kind, before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (before && (!after || after.metadata.uid !== before.metadata.uid)) this.#lost(before)
    if (!after) return
    const relinked = !equal(before?.metadata.ownerReferences, after.metadata.ownerReferences)
    // Who no longer blocks its owner may have been the last to do so.
    if (before && relinked) this.#wakeDyingOwners(before)
    if (this.#mayHaveToGo(after, !before || relinked)) this.#wake(owned(kind, after))
  }

  #lost(object: KubeObject): void {
    for (const dependent of this.dependentsOf(object.metadata.uid ?? '')) this.#wake(dependent.owned)
    this.#wakeDyingOwners(object)
  }

  #wakeDyingOwners({ metadata }: KubeObject): void {
    for (const reference of metadata.ownerReferences ?? []) {
      const owner = this.ownerOf(reference, metadata.namespace ?? '')
      const kind = this.kindOf(groupOf(reference.apiVersion), reference.kind)
      if (kind && owner && isDying(owner)) this.#wake(owned(kind, owner))
    }
  }

  /** Whether an object is worth a closer look. Most are not: their owner is there and well. */
  #mayHaveToGo(object: KubeObject, linked: boolean): boolean {
    const { deletionTimestamp, namespace = '', ownerReferences = [] } = object.metadata
    if (deletionTimestamp) return isDying(object) || has(object, orphan)
    if (!linked) return false
    return ownerReferences.some(reference => {
      const owner = this.ownerOf(reference, namespace)
      return !owner || isDying(owner)
    })
  }
}

const owned = (kind: Kind, object: KubeObject): Owned => ({ kind, key: keyOf(object), uid: object.metadata.uid ?? '' })
