import type { Clock } from '#machinery/clock.ts'
import { isCompacted, isFuture } from './etcd/errors.ts'
import { type EtcdAccess, Members } from './etcd/members.ts'
import { methods, type RangeResponse, target, toNumber } from './etcd/messages.ts'
import { entryOf, Tail } from './etcd/tail.ts'
import { follow } from './follow.ts'
import {
  type Batch,
  Compacted,
  type Entry,
  type Outcome,
  type Page,
  type Range,
  type Revision,
  type Storage,
  type Write,
} from './storage.ts'

export type { EtcdAccess } from './etcd/members.ts'

/** How many of the newest events stay in memory for the watchers, who are seldom further behind. */
const recent = 2_000

/** How many entries are read at a time: the answer to a request must be there within the patience of one. */
const stretch = 2_000

/**
 * Storage in an etcd cluster, which other processes may use at the same time; all of it is one Kubernetes cluster's.
 *
 * Guarantees: reads are linearizable; who watches misses nothing while members come and go; a request is answered or fails
 * in bounded time. A write that etcd did not answer fails as `undecided` and is never sent twice: were it repeated, the first
 * could still happen after all that came later.
 */
class Etcd implements Storage {
  readonly #members: Members
  readonly #tail: Tail

  constructor(members: Members, tail: Tail) {
    this.#members = members
    this.#tail = tail
  }

  async read(range: Range, { at, limit = Number.POSITIVE_INFINITY }: Parameters<Storage['read']>[1] = {}): Promise<Page> {
    if (at !== undefined && at < Math.max(this.#tail.compacted, 1)) throw new Compacted(Math.max(this.#tail.compacted, 1))
    const entries: Entry[] = []
    for (let revision = at, start = range.start; ; start = `${entries.at(-1)!.key}\0`) {
      const wanted = Math.min(stretch, limit - entries.length)
      const page = await this.#range({ start, end: range.end }, { at: revision, limit: wanted })
      if (revision === undefined) this.#tail.expect((revision = toNumber(page.header.revision)))
      for (const kv of page.kvs) entries.push(entryOf(kv))
      const remaining = toNumber(page.count) - page.kvs.length
      if (remaining === 0 || entries.length >= limit) return { revision, entries, remaining }
    }
  }

  async newest(): Promise<Revision> {
    const revision = await newestOf(this.#members)
    this.#tail.expect(revision)
    return revision
  }

  async write({ key: name, value, expected }: Write): Promise<Outcome> {
    const key = Buffer.from(name)
    // Etcd would find nothing to delete as expected, and count a revision where it is not to.
    if (!value && expected === 0)
      return { written: false, actual: (await this.read({ start: name, end: `${name}\0` })).entries[0] }
    const { succeeded, header, responses } = await this.#members.call(
      methods.txn,
      {
        compare: [{ target: target.mod, key, modRevision: expected }],
        success: [value ? { requestPut: { key, value } } : { requestDeleteRange: { key } }],
        failure: [{ requestRange: { key } }],
      },
      { repeatable: false },
    )
    const revision = toNumber(header.revision)
    this.#tail.expect(revision)
    if (succeeded) return { written: true, revision }
    const [kv] = responses[0]!.responseRange!.kvs
    return { written: false, actual: kv && entryOf(kv) }
  }

  async *watch(range: Range, after: Revision, signal: AbortSignal): AsyncGenerator<Batch, void> {
    // What was answered here must not be news to who asks later.
    await this.#tail.caughtUp(signal)
    yield* follow(this.#tail, range, after, signal)
  }

  async compact(upTo: Revision): Promise<void> {
    const wanted = Math.min(upTo, await this.newest())
    if (wanted <= 0) return
    try {
      await this.#members.call(methods.compact, { revision: wanted }, { repeatable: true })
    } catch (error) {
      if (!isCompacted(error)) throw error
    }
    this.#tail.compactedUpTo(wanted)
  }

  async close(): Promise<void> {
    await this.#tail.close()
    this.#members.close()
  }

  async #range({ start, end }: Range, { at, limit }: { at: Revision | undefined; limit: number }): Promise<RangeResponse> {
    const request = { key: Buffer.from(start || '\0'), rangeEnd: Buffer.from(end), limit, revision: at ?? 0 }
    try {
      return await this.#members.call(methods.range, request, { repeatable: true })
    } catch (error) {
      if (isCompacted(error)) throw new Compacted(await this.#tail.oldest())
      if (isFuture(error)) throw new RangeError(`revision ${at} has not come yet`)
      throw error
    }
  }
}

async function newestOf(members: Members): Promise<Revision> {
  const { header } = await members.call(methods.range, { key: Buffer.of(0), limit: 1 }, { repeatable: true })
  return toNumber(header.revision)
}

/**
 * Opens the storage in an etcd cluster. Throws a sentence for people where none of it answers, or a certificate does not fit.
 * `kept` is how many events stay in memory. The clock is that of the world: etcd knows no other.
 */
export async function openEtcd(access: EtcdAccess, { clock, kept = recent }: { clock: Clock; kept?: number }): Promise<Storage> {
  const members = new Members(access, clock)
  const newest = (): Promise<Revision> => newestOf(members)
  try {
    return new Etcd(members, new Tail(members, clock, { from: await newest(), kept, newest }))
  } catch (error) {
    members.close()
    throw error
  }
}
