import { ResourceQuota } from '#api/core/v1.ts'
import { type Key, keyOf, keyText } from '#api/object.ts'
import { ownAttempt } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { clone } from '#machinery/clone.ts'
import { equal } from '#machinery/equality.ts'
import { type Amounts, plus } from '#machinery/pod-resources.ts'
import { minus } from '#machinery/quota/amounts.ts'

/** What an entry adds to, or takes from, one quota. */
export interface Entry {
  readonly more?: Amounts
  readonly less?: Amounts
}

/** Says what is to be entered into a quota, given how much of it is used. Throws what refuses; then nothing is entered anywhere. */
export type Judge = (quota: Readonly<ResourceQuota>, used: Amounts) => Entry | undefined

/** What was entered, by the name of the quota. */
export type Entered = ReadonlyMap<string, Entry>

interface Waiting {
  readonly judge: Judge
  readonly entered: Map<string, Entry>
  resolve(entered: Entered): void
  reject(error: unknown): void
}

const throughStatus = { ...ownAttempt, subresource: 'status' }

/** The quota has been changed by somebody else. */
class Stale extends Error {}

/**
 * Keeps the books of all quotas: how much is used, in their status (upstream: the quota evaluator of the ResourceQuota plugin).
 *
 * Guarantees: an entry is in the status before it is answered, so no two servers give away the same; entries of a namespace that
 * come at once are judged one after the other and written together.
 * Assumptions: all who change what is used go through some ledger, or are the quota controller.
 */
export class Ledger {
  readonly #reader: Reader
  readonly #queues = new Map<string, Waiting[]>()
  /** Our own newest writes, which the cache may not show yet. */
  readonly #latest = new Map<string, Readonly<ResourceQuota>>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** The quotas of a namespace. */
  quotas(namespace: string): readonly Readonly<ResourceQuota>[] {
    return this.#reader.list(ResourceQuota, { namespace })
  }

  /** Makes entries in the quotas of a namespace, as the judge says. */
  enter(namespace: string, judge: Judge): Promise<Entered> {
    return new Promise((resolve, reject) => {
      const waiting = { judge, entered: new Map(), resolve, reject }
      const queue = this.#queues.get(namespace)
      if (queue) queue.push(waiting)
      else {
        this.#queues.set(namespace, [waiting])
        void this.#work(namespace)
      }
    })
  }

  /** Works off a namespace until nobody waits: whoever comes while a batch is written makes the next one. */
  async #work(namespace: string): Promise<void> {
    for (;;) {
      // Those that come in the same breath belong together.
      await new Promise(setImmediate)
      const batch = this.#queues.get(namespace)!.splice(0)
      if (batch.length === 0) {
        this.#queues.delete(namespace)
        return
      }
      try {
        await this.#settle(namespace, batch)
      } catch (error) {
        for (const each of batch) each.reject(error)
      }
    }
  }

  /** Rounds of judging and writing, until every one of a batch is entered or refused. */
  async #settle(namespace: string, batch: readonly Waiting[]): Promise<void> {
    let open = batch
    for (let fresh = false; open.length > 0; fresh = true) {
      const quotas = await this.#newest(namespace, fresh)
      const used = new Map<string, Amounts>(quotas.map(quota => [quota.metadata.name!, quota.status?.used ?? {}]))
      const passed: { readonly waiting: Waiting; readonly entries: Entered }[] = []
      for (const waiting of open) {
        try {
          passed.push({ waiting, entries: judged(waiting, quotas, used) })
        } catch (error) {
          this.#refuse(namespace, waiting, error)
        }
      }
      const failed = await this.#write(quotas, used)
      // What could not be written is judged again, on what is there now.
      open = passed.flatMap(({ waiting, entries }) => {
        for (const [name, entry] of entries) if (!failed.has(name)) waiting.entered.set(name, entry)
        if ([...entries.keys()].some(name => failed.has(name))) return [waiting]
        waiting.resolve(waiting.entered)
        return []
      })
    }
  }

  /** Tells one that it is refused; what it has in other quotas already is given back. */
  #refuse(namespace: string, { entered, reject }: Waiting, error: unknown): void {
    if (entered.size > 0) void this.enter(namespace, givingBack(entered)).catch(() => {})
    reject(error)
  }

  /** Writes what is used; gives the names of the quotas that somebody else has changed. */
  async #write(quotas: readonly Readonly<ResourceQuota>[], used: ReadonlyMap<string, Amounts>): Promise<ReadonlySet<string>> {
    const failed = new Set<string>()
    for (const quota of quotas) {
      const name = quota.metadata.name!
      const wanted = used.get(name)!
      if (equal(wanted, quota.status?.used ?? {})) continue
      try {
        await this.#put(keyOf(quota), quota, wanted)
      } catch (error) {
        if (!(error instanceof Stale)) throw error
        failed.add(name)
      }
    }
    return failed
  }

  async #put(key: Key, seen: Readonly<ResourceQuota>, used: Amounts): Promise<void> {
    const { item } = await this.#reader.store(ResourceQuota).change(key, throughStatus, current => {
      if (current?.metadata.resourceVersion !== seen.metadata.resourceVersion) throw new Stale()
      const quota = clone(current) as ResourceQuota
      quota.status = { ...quota.status, used: { ...used } }
      return quota
    })
    this.#latest.set(keyText(key), item.object as ResourceQuota)
  }

  /** The quotas as they are now: the cache, or our own last writes where they are newer; or asked of the storage. */
  async #newest(namespace: string, fresh: boolean): Promise<readonly Readonly<ResourceQuota>[]> {
    const cached = this.quotas(namespace)
    const live = await Promise.all(
      cached.map(async quota => {
        const key = keyOf(quota)
        if (fresh) return this.#reader.live(ResourceQuota, key)
        const own = this.#latest.get(keyText(key))
        if (own && revisionOf(own) > revisionOf(quota) && own.metadata.uid === quota.metadata.uid) return own
        this.#latest.delete(keyText(key))
        return quota
      }),
    )
    return live.filter(quota => quota !== undefined)
  }
}

/** What a judge says of each quota that has no entry of it yet, added to what is used. */
function judged({ judge, entered }: Waiting, quotas: readonly Readonly<ResourceQuota>[], used: Map<string, Amounts>): Entered {
  const entries = new Map<string, Entry>()
  for (const quota of quotas) {
    const name = quota.metadata.name!
    const entry = entered.has(name) ? undefined : judge(quota, used.get(name)!)
    if (entry) entries.set(name, entry)
  }
  for (const [name, { more = {}, less = {} }] of entries) used.set(name, minus(plus(used.get(name)!, more), less))
  return entries
}

/** Undoes what was entered. */
export const givingBack =
  (entered: Entered): Judge =>
  ({ metadata }) => {
    const entry = entered.get(metadata.name!)
    return entry && { more: entry.less ?? {}, less: entry.more ?? {} }
  }

const revisionOf = ({ metadata }: Readonly<ResourceQuota>): number => Number(metadata.resourceVersion)
