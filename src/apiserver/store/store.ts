import { type Key, type KubeObject, keyText } from '#api/object.ts'
import { notFound, type StatusError } from '#api/status.ts'
import { Encodings } from '#apiserver/answer/encodings.ts'
import type { Resource } from '#apiserver/resource.ts'
import { Cache, type Item, type News } from '#cache/cache.ts'
import { identical } from '#machinery/equality.ts'
import { Encrypted, type Provider } from '#storage/encryption.ts'
import { type Entry, type Event, Hindered, type Outcome, one, type Revision, type Storage, under } from '#storage/storage.ts'
import type { Follower } from './dispatch.ts'
import type { Attempt, Gate, Passed } from './gate.ts'
import { statusOf } from './hindered.ts'
import type { Present } from './present.ts'
import { Recollection } from './recollection.ts'
import { Stored } from './stored.ts'

/**
 * Turns the current object into the object to be written; nothing means: delete it. Called again if someone else wrote
 * in between. It must not change what it is given, and what it returns must share nothing with it.
 */
export type Change = (current: KubeObject | undefined) => KubeObject | undefined

/** What a write came to. `item` is the object as it now is, or, when it is gone, as it last was. */
export interface Written {
  readonly item: Item
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'deleted'
}

/** What answers need to know of a kind to show its objects. */
export type Form = Pick<Store, 'resource' | 'stored' | 'encodings'>

/** The objects of a kind as one of its versions shows them: the stored one (StoredKind) or another (OtherVersion). */
export interface Store {
  readonly resource: Resource
  readonly stored: Stored
  readonly encodings: Encodings
  readonly cache: Present
  /** The object as it is now, whoever wrote last, or as it was at a revision. Throws Compacted. */
  read(key: Key, at?: Revision): Promise<Item | undefined>
  /** The object's bytes as clients see them. Throws NotFound. */
  bytes(key: Key): Promise<Uint8Array>
  /** The newest revision of the whole storage: a cache that has reached it is consistent. */
  newest(): Promise<Revision>
  /** Sees to it that the cache can be watched from a revision on, if the storage's history reaches back that far. */
  reachBack(after: Revision): Promise<void>
  /** Part of a namespace, or of all, as it was at a revision: up to `limit` items (0: all) from a key on, without its prefix. Throws Compacted. */
  page(namespace: string, at: Revision, from: string, limit: number): Promise<{ items: readonly Item[]; remaining: number }>
  /**
   * read → change → default → mutate → prepare → validate → admit → write, and again if the write lost a race.
   * Durable when it resolves. Throws StatusError for whatever refuses.
   */
  change(key: Key, attempt: Attempt, change: Change): Promise<Written>
}

/** How many changes of a kind its watchers may lie behind. */
const pastKept = 10_000
/** And how large these may be: in memory a change takes several times as much. */
const pastKeptBytes = 32 * 2 ** 20

/** The objects of one kind. Create, update, patch, apply and delete are all one thing: a Change. Nothing else writes to storage. */
export class StoredKind implements Store {
  readonly resource: Resource
  readonly stored: Stored
  readonly encodings = new Encodings()
  readonly #cache: Cache<KubeObject>
  /** Why nothing can be said of all objects of the kind, while one of them cannot be read. */
  #unreadable: StatusError | undefined
  readonly #storage: Storage
  /** The storage, where the kind lies encrypted. */
  readonly #encrypted: Encrypted | undefined
  readonly #gate: Gate
  readonly #prefix: string
  /** By what is stored: what was written here, and what it became. So the writer and the cache share one item, and nobody parses it. */
  readonly #written = new WeakMap<Uint8Array, KubeObject>()
  readonly #items = new WeakMap<Uint8Array, Item>()
  readonly #recollection: Recollection

  /** `locks` is who encrypts the kind. */
  constructor(resource: Resource, plain: Storage, gate: Gate, locks?: readonly Provider[]) {
    this.resource = resource
    this.stored = new Stored(resource.kind)
    this.#encrypted = locks && new Encrypted(plain, locks)
    const storage = (this.#storage = this.#encrypted ?? plain)
    this.#gate = gate
    this.#prefix = `/registry/${resource.storagePath ?? resource.kind.plural}/`
    const cache = (this.#cache = new Cache({ limit: pastKept, limitBytes: pastKeptBytes }))
    this.#recollection = new Recollection({
      storage,
      range: under(this.#prefix),
      cache,
      keyOf: path => this.#key(path),
      itemOf: entry => this.#item(entry),
      goneOf: (item, revision) => this.stored.made(item.object, revision),
    })
  }

  /**
   * Throws InternalError while an object of the kind cannot be read: what the others say by themselves would be wrong. These can be
   * read and written one by one (upstream: the watch cache does not get ready, and lists say why).
   */
  get cache(): Cache<KubeObject> {
    if (this.#unreadable) throw this.#unreadable
    return this.#cache
  }

  /** Keeps the watch cache fresh, as the news of the storage come. `tell`: that they cannot be read any more. */
  follower(tell: (why: Hindered) => void): Follower {
    const cache = this.#cache
    return {
      prefix: this.#prefix,
      read: () => this.#storage.read(under(this.#prefix)),
      reset: ({ entries, revision }) => {
        cache.take({ type: 'reset', items: entries.map(entry => this.stored.item(entry)), revision })
        this.#unreadable = undefined
      },
      lose: why => {
        const known = this.#unreadable?.message
        this.#unreadable = statusOf(why)
        if (this.#unreadable.message !== known) tell(why)
      },
      take: event => cache.take(this.#told(this.#encrypted?.opened(event) ?? event)),
      reached: revision => cache.take({ type: 'reached', revision }),
      told: () => cache.told(),
    }
  }

  async read(key: Key, at?: Revision): Promise<Item | undefined> {
    if (at === undefined && (await this.#isFresh())) return this.#cache.get(key)
    const entry = await this.#entry(key, at)
    return entry && this.#item(entry)
  }

  /** Without parsing it. */
  async bytes(key: Key): Promise<Uint8Array> {
    const bytes = (await this.#isFresh()) && this.#cache.get(key)?.bytes
    if (bytes) return bytes
    const entry = await this.#entry(key)
    if (!entry) throw notFound(this.resource.kind, key.name)
    return this.stored.bytes(entry)
  }

  reachBack(after: Revision): Promise<void> {
    return this.#recollection.reachBack(after)
  }

  newest(): Promise<Revision> {
    return this.#storage.newest()
  }

  async page(
    namespace: string,
    at: Revision,
    from: string,
    limit: number,
  ): Promise<{ items: readonly Item[]; remaining: number }> {
    const placed = this.resource.kind.scope === 'Namespaced' ? from : `/${from}`
    const known = this.cache.pageThen(at, { namespace, from: placed, limit: limit || Number.POSITIVE_INFINITY })
    if (known) {
      // What is forgotten is refused, although it may be at hand.
      await this.#storage.read(one(this.#prefix), { at })
      return known
    }
    const { start, end } = under(namespace ? `${this.#prefix}${namespace}/` : this.#prefix)
    const page = await this.#storage.read({ start: start + from, end }, { at, limit: limit || undefined })
    return { items: page.entries.map(entry => this.#item(entry)), remaining: page.remaining }
  }

  async change(key: Key, attempt: Attempt, change: Change): Promise<Written> {
    const path = this.#path(key)
    // The watch cache's object saves a read and a parse; a refusal on grounds of it counts only if it is still the newest.
    for (
      let fresh = !!this.#unreadable, current = fresh ? await this.read(key) : this.#cache.get(key);
      ;
      current = await this.read(key), fresh = true
    ) {
      const isNewest = async (): Promise<boolean> => fresh || (await this.#entry(key))?.revision === current?.revision
      let passed: Passed
      try {
        passed = await this.#gate.pass(this.resource, key, change(current?.object), current?.object, attempt)
      } catch (error) {
        if (await isNewest()) throw error
        continue
      }
      let written: Written | undefined
      try {
        written = await this.#write(key, path, current, passed.object, attempt, isNewest)
      } catch (error) {
        if (!isUndecided(error)) await passed.settle?.(undefined)
        throw error
      }
      await passed.settle?.(written && !attempt.dryRun ? { object: passed.object } : undefined)
      if (written) return written
    }
  }

  /** Makes a write that has passed the gate. Nothing: it lost a race. */
  async #write(
    key: Key,
    path: string,
    current: Item | undefined,
    final: KubeObject | undefined,
    attempt: Attempt,
    isNewest: () => Promise<boolean>,
  ): Promise<Written | undefined> {
    if (!final && !current) throw notFound(this.resource.kind, key.name)
    // What lies there as an older key has left it is written anew: that is how keys are changed.
    if (final && current && identical(final, current.object) && !(await this.#encrypted?.isStale(path)))
      return (await isNewest()) ? { item: current, outcome: 'unchanged' } : undefined
    if (attempt.dryRun) {
      const item = final ? this.stored.made(final, current?.revision ?? 0) : current!
      return { item, outcome: !final ? 'deleted' : current ? 'changed' : 'created' }
    }
    const expected = current?.revision ?? 0
    const value = final && this.stored.encode(final)
    if (final && value) this.#written.set(value, final)
    let result: Outcome
    try {
      result = await this.#storage.write({ key: path, expected, ...(value && { value }) })
    } catch (error) {
      const lighter = final && lightened(final, attempt, error)
      if (lighter) return this.#write(key, path, current, lighter, attempt, isNewest)
      throw error
    }
    if (!result.written) return undefined
    if (!final) return { item: this.stored.made(current!.object, result.revision), outcome: 'deleted' }
    return {
      item: this.#item({ key: path, value: value!, revision: result.revision }),
      outcome: current ? 'changed' : 'created',
    }
  }

  /** Whether the cache shows all that was answered until now: then it knows as much as the storage, and reads cost nothing. */
  async #isFresh(): Promise<boolean> {
    const newest = await this.#storage.newest()
    return !this.#unreadable && this.#cache.filled && this.#cache.revision >= newest
  }

  async #entry(key: Key, at?: Revision): Promise<Entry | undefined> {
    return (await this.#storage.read(one(this.#path(key)), { at })).entries[0]
  }

  /** Parses an entry, unless the cache already holds just this one. */
  #item(entry: Entry): Item {
    const cached = this.#cache.get(this.#key(entry.key))
    return cached?.revision === entry.revision ? cached : this.#itemOf(entry)
  }

  #itemOf(entry: Entry): Item {
    let item = this.#items.get(entry.value)
    // Somebody else may have written the same bytes twice.
    if (item?.revision !== entry.revision)
      this.#items.set(entry.value, (item = this.stored.item(entry, this.#written.get(entry.value))))
    return item
  }

  #path(key: Key): string {
    return this.#prefix + (this.resource.kind.scope === 'Namespaced' ? keyText(key) : key.name)
  }

  #key(path: string): Key {
    const rest = path.slice(this.#prefix.length)
    const slash = rest.indexOf('/')
    return slash < 0 ? { namespace: '', name: rest } : { namespace: rest.slice(0, slash), name: rest.slice(slash + 1) }
  }

  #told({ key, value, previous, revision }: Event): News<KubeObject> {
    if (value) return { type: 'put', item: this.#itemOf({ key, value, revision }) }
    const last = previous && this.stored.made(this.#item(previous).object, revision)
    return { type: 'delete', key: this.#key(key), revision, ...(last && { item: last }) }
  }
}

/** Whether a write that failed may yet have been made. */
const isUndecided = (error: unknown): boolean => error instanceof Hindered && error.obstacle === 'undecided'

/** What is too large with its entries may do without (upstream: isTooLargeError in endpoints/handlers); an apply may not. */
function lightened(object: KubeObject, { manager }: Attempt, error: unknown): KubeObject | undefined {
  const { managedFields, ...metadata } = object.metadata
  const isTooLarge = error instanceof Hindered && error.obstacle === 'too large'
  return isTooLarge && managedFields && manager !== undefined ? { ...object, metadata } : undefined
}
