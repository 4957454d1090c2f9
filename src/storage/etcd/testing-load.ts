import assert from 'node:assert/strict'
import { type Event, Hindered, one, type Revision, type Storage, under } from '#storage/storage.ts'

/** Writers, each at its own key and all at one, and a watcher, who write down what they were told. */
export class Load {
  readonly #storage: Storage
  readonly #stop = new AbortController()
  readonly #acknowledged: { readonly key: string; readonly revision: Revision; readonly value: string }[] = []
  readonly #seen: Event[] = []
  readonly #obstacles: string[] = []
  readonly #writing: Promise<unknown>
  readonly #watching: Promise<void>
  readonly #end = new AbortController()
  #reached: Revision = 0

  constructor(storage: Storage, from: Revision, writers = 6) {
    this.#storage = storage
    this.#writing = Promise.all(Array.from({ length: writers }, (_, at) => this.#write(at)))
    this.#watching = this.#watch(from)
  }

  /** How many writes were answered. */
  get count(): number {
    return this.#acknowledged.length
  }

  /** Waits until so many more writes have been answered. */
  async goesOn(more = 50): Promise<void> {
    for (const wanted = this.count + more; this.count < wanted; ) await new Promise(setImmediate)
  }

  /** Ends the writers, waits until the watcher has seen everything, and says what went wrong. */
  async judge(): Promise<{ readonly writes: number; readonly hindered: number }> {
    this.#stop.abort()
    await this.#writing
    const page = await retried(() => this.#storage.read(under('/load/')))
    while (this.#reached < page.revision) await new Promise(setImmediate)
    this.#end.abort()
    await this.#watching
    const revisions = this.#seen.map(event => event.revision)
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
      'once each and in order',
    )
    const events = new Map(this.#seen.map(event => [event.revision, event]))
    for (const { key, revision: at, value } of this.#acknowledged)
      assert.deepEqual([events.get(at)?.key, String(events.get(at)?.value)], [key, value], `the answered write ${at} was seen`)
    const mirror = new Map(this.#seen.map(event => [event.key, String(event.value)]))
    for (const { key, value } of page.entries) assert.equal(mirror.get(key), String(value), `${key} is as it was last seen`)
    return { writes: this.count, hindered: this.#obstacles.length }
  }

  async #write(writer: number): Promise<void> {
    const expected = new Map<string, Revision>()
    for (let at = 0; !this.#stop.signal.aborted; at++)
      for (const key of [`/load/${writer}`, '/load/all']) {
        const value = Buffer.from(`${writer}-${at}`)
        try {
          const outcome = await this.#storage.write({ key, value, expected: expected.get(key) ?? 0 })
          if (outcome.written) this.#acknowledged.push({ key, revision: outcome.revision, value: value.toString() })
          expected.set(key, outcome.written ? outcome.revision : (outcome.actual?.revision ?? 0))
        } catch (error) {
          if (!(error instanceof Hindered)) throw error
          this.#obstacles.push(error.obstacle)
          const page = await retried(() => this.#storage.read(one(key)))
          expected.set(key, page.entries[0]?.revision ?? 0)
        }
      }
  }

  async #watch(from: Revision): Promise<void> {
    for await (const batch of this.#storage.watch(under('/load/'), from, this.#end.signal)) {
      this.#seen.push(...batch.events)
      this.#reached = batch.revision
    }
  }
}

/** Asks again for as long as nobody answers. */
async function retried<R>(ask: () => Promise<R>): Promise<R> {
  for (;;)
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Hindered)) throw error
    }
}
