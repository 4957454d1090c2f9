import type { Clock } from '#machinery/clock.ts'
import { every } from '#machinery/every.ts'
import type { Log } from '#machinery/log.ts'
import { Hindered, one, type Revision, type Storage } from '#storage/storage.ts'

/** How often history is forgotten, and, unless it is said otherwise, how much of it is kept (upstream: --etcd-compaction-interval). */
const everyMs = 300_000

/** Whoever writes this key compacts this time: upstream's, so that of all API servers over one storage one does it. */
const turnKey = 'compact_rev_key'
/** Where the marks of a history that is longer than the interval outlive this process. */
const marksKey = 'pinnace/history'

/** How far history had come at a time. */
type Mark = readonly [atMs: number, revision: Revision]

/**
 * Forgets, every few minutes, what happened longer than `historyMs` ago, until the signal aborts. Several API servers over one
 * storage take turns (upstream: storage/etcd3/compact.go): each writes the turn's key if nobody has since it last looked.
 */
export function compaction({ storage, clock, log, historyMs = everyMs }: CompactionGround, signal: AbortSignal): Promise<void> {
  const intervalMs = Math.min(everyMs, historyMs)
  const keeper = new Keeper(storage, historyMs, intervalMs)
  const failed = (error: Error): void => log.warn('history was not compacted', { error: error.message })
  return every(intervalMs, () => keeper.turn(clock.now().getTime()), { clock, failed }, signal)
}

export interface CompactionGround {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  readonly historyMs?: number | undefined
}

class Keeper {
  readonly #storage: Storage
  readonly #historyMs: number
  readonly #intervalMs: number
  /** The turn that was last seen. */
  #seen: Revision = 0
  #marks: readonly Mark[] = []

  constructor(storage: Storage, historyMs: number, intervalMs: number) {
    this.#storage = storage
    this.#historyMs = historyMs
    this.#intervalMs = intervalMs
  }

  async turn(nowMs: number): Promise<void> {
    const isLong = this.#historyMs > this.#intervalMs
    const kept = isLong ? await this.#entry(marksKey) : undefined
    if (kept) this.#marks = JSON.parse(Buffer.from(kept.value).toString())
    // Timers are not exact: what is nearly old enough is.
    const old = this.#marks.findLastIndex(([at]) => nowMs - at >= this.#historyMs - this.#intervalMs / 2)
    const upTo = this.#marks[old]?.[1] ?? 0
    const turn = await this.#takeTurn(upTo)
    this.#marks = [...this.#marks.slice(Math.max(old, 0)), [nowMs, turn ?? (await this.#storage.newest())]]
    if (turn === undefined) return
    if (upTo > 0) await this.#storage.compact(upTo)
    if (isLong)
      await this.#storage.write({
        key: marksKey,
        value: Buffer.from(JSON.stringify(this.#marks)),
        expected: kept?.revision ?? 0,
      })
  }

  /** How far history has come, if nobody else has taken this time. Where there is no room to write that down, forgetting makes some. */
  async #takeTurn(upTo: Revision): Promise<Revision | undefined> {
    try {
      const turn = await this.#storage.write({ key: turnKey, value: Buffer.from(String(upTo)), expected: this.#seen })
      this.#seen = turn.written ? turn.revision : (turn.actual?.revision ?? 0)
      return turn.written ? turn.revision : undefined
    } catch (error) {
      if (error instanceof Hindered && error.obstacle === 'full') return this.#storage.newest()
      throw error
    }
  }

  async #entry(key: string) {
    return (await this.#storage.read(one(key))).entries[0]
  }
}
