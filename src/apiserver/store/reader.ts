import { type Kind, qualified } from '#api/kind.ts'
import type { Key, KubeObject } from '#api/object.ts'
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'

/**
 * What is known of the cluster, at once and from memory: how admission, authentication and authorization see other objects.
 * Objects read are shared: never change one. A kind that is not served is empty.
 */
export class Reader {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get<T extends KubeObject>(kind: Kind<T>, key: Key): Readonly<T> | undefined {
    return this.#registry.find(kind.group, kind.version, kind.plural)?.cache.get(key)?.object as T | undefined
  }

  list<T extends KubeObject>(kind: Kind<T>, where: { readonly namespace?: string } = {}): readonly Readonly<T>[] {
    return (this.#registry.find(kind.group, kind.version, kind.plural)?.cache.list(where) ?? []) as readonly T[]
  }

  /** Every kind that is served. */
  kinds(): readonly Kind[] {
    return Array.from(this.#registry.all(), ({ resource }) => resource.kind)
  }

  /** The newest state, whatever the cache shows: for decisions that a stale read would get wrong. */
  async live<T extends KubeObject>(kind: Kind<T>, key: Key): Promise<Readonly<T> | undefined> {
    return (await this.store(kind).read(key))?.object as T | undefined
  }

  /** Waits until `get` and `list` show whatever is written until now. Rejects with the signal's reason. */
  async catchUp(kind: Kind, signal: AbortSignal): Promise<void> {
    const store = this.store(kind)
    await store.cache.reach(await store.newest(), signal)
  }

  /** The store of a kind. Throws for a kind that is not served. */
  store(kind: Kind): Store {
    const store = this.#registry.find(kind.group, kind.version, kind.plural)
    if (!store) throw new Error(`${qualified(kind)} is not served`)
    return store
  }
}
