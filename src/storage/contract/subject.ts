import assert from 'node:assert/strict'
import { type Batch, type Event, type Range, type Revision, type Storage, under } from '#storage/storage.ts'
import { cached } from './cached.ts'
import { rebased } from './rebased.ts'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

/** The storage under test, empty for each test and counting from 1, and how the tests speak to it. */
export class Subject {
  storage!: Storage
  stop = new AbortController()
  /** Whether a watcher hears of a compaction: in a watch cache the past lives on. */
  readonly forgets: boolean
  readonly #create: () => Promise<Storage>

  constructor(create: () => Promise<Storage>, { isCached }: { readonly isCached: boolean }) {
    this.#create = create
    this.forgets = !isCached
  }

  async begin(): Promise<void> {
    this.stop = new AbortController()
    const storage = await this.#create()
    const counting = rebased(storage, (await storage.read(under('/'))).revision)
    this.storage = this.forgets ? counting : await cached(counting)
  }

  async end(): Promise<void> {
    this.stop.abort()
    await this.storage.close()
  }

  /** Writes what must succeed. No text: deletes. */
  async put(key: string, value: string | undefined, expected: Revision = 0): Promise<Revision> {
    const outcome = await this.storage.write(value === undefined ? { key, expected } : { key, value: bytes(value), expected })
    assert.ok(outcome.written, `${key} was written by somebody else`)
    return outcome.revision
  }

  async keys(range: Range, options?: Parameters<Storage['read']>[1]): Promise<string[]> {
    return (await this.storage.read(range, options)).entries.map(entry => entry.key)
  }

  /** Pulls until `count` events have come, or until history has come as far as `until`. */
  async take(batches: AsyncIterable<Batch>, { count = Infinity, until = Infinity }): Promise<Event[]> {
    const events: Event[] = []
    for await (const batch of batches) {
      events.push(...batch.events)
      if (events.length >= count || batch.revision >= until) break
    }
    return events
  }
}
