import { type Batch, Compacted, type Entry, type Event, type Page, type Revision, type Storage } from '#storage/storage.ts'

/** A storage that has come as far as `base` already, as one that counts from there: so that every test counts from 1. */
export function rebased(storage: Storage, base: Revision): Storage {
  if (base === 0) return storage
  const entry = (real: Entry): Entry => ({ ...real, revision: real.revision - base })
  const event = (real: Event): Event => ({
    ...real,
    revision: real.revision - base,
    previous: real.previous && entry(real.previous),
  })
  const rethrow = (error: unknown): never => {
    throw error instanceof Compacted ? new Compacted(error.oldest - base) : error
  }
  const real = (revision: Revision): Revision => (revision === 0 ? 0 : revision + base)
  return {
    async read(range, { at, limit } = {}) {
      const page: Page = await storage.read(range, { at: at === undefined ? undefined : at + base, limit }).catch(rethrow)
      return { ...page, revision: page.revision - base, entries: page.entries.map(entry) }
    },
    newest: async () => (await storage.newest()) - base,
    async write(change) {
      const outcome = await storage.write({ ...change, expected: real(change.expected) })
      if (outcome.written) return { written: true, revision: outcome.revision - base }
      return { written: false, actual: outcome.actual && entry(outcome.actual) }
    },
    async *watch(range, after, signal): AsyncGenerator<Batch> {
      try {
        for await (const { revision, events } of storage.watch(range, after + base, signal))
          yield { revision: revision - base, events: events.map(event) }
      } catch (error) {
        rethrow(error)
      }
    },
    compact: upTo => storage.compact(upTo + base),
    close: () => storage.close(),
  }
}
