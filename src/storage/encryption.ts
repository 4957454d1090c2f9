import { identity, type Provider } from './encryption/providers.ts'
import {
  type Batch,
  type Entry,
  type Event,
  Hindered,
  one,
  type Range,
  type Revision,
  type Storage,
  type Write,
} from './storage.ts'

export { identity, type Provider } from './encryption/providers.ts'

/**
 * A storage whose values lie locked in another (upstream: --encryption-provider-config). The first provider writes; whichever
 * locked a value opens it, so that keys can be changed: what an older one locked is stale, and worth writing anew.
 */
export class Encrypted implements Storage {
  readonly #storage: Storage
  readonly #providers: readonly { readonly prefix: Buffer; readonly provider: Provider }[]

  /** Throws without a provider. */
  constructor(storage: Storage, providers: readonly Provider[]) {
    if (providers.length === 0) throw new Error('values cannot be locked by nobody')
    this.#storage = storage
    this.#providers = providers.map(provider => ({ prefix: Buffer.from(provider.prefix), provider }))
  }

  async read(range: Range, options?: Parameters<Storage['read']>[1]): ReturnType<Storage['read']> {
    const page = await this.#storage.read(range, options)
    return { ...page, entries: page.entries.map(entry => this.#opened(entry)) }
  }

  newest(): Promise<Revision> {
    return this.#storage.newest()
  }

  async write({ key, value, expected }: Write): ReturnType<Storage['write']> {
    const { prefix, provider } = this.#providers[0]!
    const sealed = value && (provider === identity ? value : Buffer.concat([prefix, provider.seal(value, key)]))
    const outcome = await this.#storage.write({ key, value: sealed, expected })
    return outcome.written || !outcome.actual ? outcome : { written: false, actual: this.#opened(outcome.actual) }
  }

  async *watch(range: Range, after: Revision, signal: AbortSignal): AsyncGenerator<Batch, void> {
    for await (const { revision, events } of this.#storage.watch(range, after, signal))
      yield { revision, events: events.map(event => this.opened(event)) }
  }

  /** What the storage behind tells of a write, with its values open. */
  opened(event: Event): Event {
    return {
      ...event,
      value: event.value && this.#open(event.key, event.value).value,
      previous: event.previous && this.#opened(event.previous),
    }
  }

  compact(upTo: Revision): Promise<void> {
    return this.#storage.compact(upTo)
  }

  close(): Promise<void> {
    return this.#storage.close()
  }

  /** Whether a value lies there as another provider, or none, has left it. */
  async isStale(key: string): Promise<boolean> {
    const [entry] = (await this.#storage.read(one(key))).entries
    return entry !== undefined && this.#open(key, entry.value).isStale
  }

  #opened(entry: Entry): Entry {
    return { ...entry, value: this.#open(entry.key, entry.value).value }
  }

  #open(key: string, value: Uint8Array): { readonly value: Uint8Array; readonly isStale: boolean } {
    let failure: unknown = new Error('no matching prefix found')
    for (const [at, { prefix, provider }] of this.#providers.entries()) {
      if (!prefix.equals(value.subarray(0, prefix.length))) continue
      try {
        return { value: provider.open(value.subarray(prefix.length), key), isStale: at > 0 }
      } catch (error) {
        // Two providers may have keys of one name.
        failure = error
      }
    }
    const why = failure instanceof Error ? failure.message : failure
    throw new Hindered('damaged', `unable to transform key "${key}": ${why}`, { cause: failure })
  }
}
