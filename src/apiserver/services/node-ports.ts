import { RangeAllocation } from '#api/core/v1.ts'
import { apiVersion } from '#api/kind.ts'
import { StatusError } from '#api/status.ts'
import { type Entry, Hindered, one, type Revision, type Storage } from '#storage/storage.ts'
import { type PortRange, PortSet, parsePortRange, rangeText } from './port-set.ts'

/** What is to become of the ports that are taken, in place; throws what refuses. May be done again, on others. */
type Deed = (taken: PortSet) => void

interface Waiting {
  readonly deed: Deed
  resolve(): void
  reject(error: unknown): void
}

interface Known {
  readonly ports: PortSet
  readonly revision: Revision
}

const key = '/registry/ranges/servicenodeports'

/**
 * The ports of nodes that Services have: one RangeAllocation, as upstream stores it, which is written if nobody has written it since.
 *
 * Guarantees: what is taken is in the storage before it is answered, so no two API servers give out the same; deeds that come at
 * once are done one after the other and written together.
 * Assumptions: a port is given back only when its Service is gone, or has let go of it. What a crash leaves behind is put right by PortRepair.
 */
export class NodePorts {
  readonly #storage: Storage
  readonly #range: PortRange
  #queue: Waiting[] | undefined
  /** Our own newest reading or writing; somebody else may have been there since. */
  #known: Known | undefined

  constructor(storage: Storage, range: PortRange) {
    this.#storage = storage
    this.#range = range
  }

  /** Does something to the ports that are taken. Throws what the deed throws, where it is right as the storage is now. */
  change(deed: Deed): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { deed, resolve, reject }
      if (this.#queue) this.#queue.push(waiting)
      else {
        this.#queue = [waiting]
        void this.#work()
      }
    })
  }

  /** Takes over what was given out of another range, by an API server with other flags. To be called before all else. */
  async adopt(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      const entry = (await this.#storage.read(one(key))).entries[0]
      const old = entry && decode(entry)
      if (!old || rangeText(old.range) === rangeText(this.#range)) return
      const value = encode(new PortSet(this.#range).with(old))
      isDone = (await this.#storage.write({ key, value, expected: entry.revision })).written
    }
  }

  /** The ports that are taken now. */
  async taken(): Promise<PortSet> {
    return (await this.#read()).ports
  }

  async #work(): Promise<void> {
    for (;;) {
      // Those that come in the same breath belong together.
      await new Promise(setImmediate)
      const batch = this.#queue!.splice(0)
      if (batch.length === 0) {
        this.#queue = undefined
        return
      }
      try {
        await this.#settle(batch)
      } catch (error) {
        this.#known = undefined
        for (const each of batch) each.reject(error)
      }
    }
  }

  /** Rounds of doing and writing, until a batch is written. */
  async #settle(batch: readonly Waiting[]): Promise<void> {
    let isFresh = this.#known === undefined
    let known = this.#known ?? (await this.#read())
    for (;;) {
      let { ports } = known
      let isDoubtful = false
      const refusals = new Map<Waiting, unknown>()
      for (const waiting of batch) {
        try {
          const next = ports.copy()
          waiting.deed(next)
          isDoubtful ||= next.equals(ports)
          ports = next
        } catch (error) {
          refusals.set(waiting, error)
        }
      }
      // What is refused, or is nothing to do, may be so only by what we remember.
      if ((refusals.size > 0 || isDoubtful) && !isFresh) {
        known = await this.#read()
        isFresh = true
        continue
      }
      if (!ports.equals(known.ports)) {
        const outcome = await this.#storage.write({ key, value: encode(ports), expected: known.revision })
        if (!outcome.written) {
          known = this.#decode(outcome.actual)
          isFresh = true
          continue
        }
        known = { ports, revision: outcome.revision }
      }
      this.#known = known
      for (const waiting of batch) {
        if (refusals.has(waiting)) waiting.reject(refusals.get(waiting))
        else waiting.resolve()
      }
      return
    }
  }

  async #read(): Promise<Known> {
    return this.#decode((await this.#storage.read(one(key))).entries[0])
  }

  /** Throws ServiceUnavailable, where an API server with other flags has taken over. */
  #decode(entry: Entry | undefined): Known {
    const ports = entry ? decode(entry) : new PortSet(this.#range)
    const [theirs, ours] = [ports.range, this.#range].map(rangeText)
    if (theirs !== ours)
      throw new StatusError('ServiceUnavailable', `another API server gives out node ports of ${theirs}, this one of ${ours}`)
    return { ports, revision: entry?.revision ?? 0 }
  }
}

function decode({ value }: Entry): PortSet {
  try {
    const { range, data = '' } = JSON.parse(Buffer.from(value).toString()) as RangeAllocation
    return new PortSet(parsePortRange(range), Buffer.from(data, 'base64'))
  } catch (error) {
    throw new Hindered('damaged', `${key} cannot be read: which node ports are taken is not known`, { cause: error })
  }
}

function encode(ports: PortSet): Buffer {
  const data = Buffer.from(ports.bytes).toString('base64')
  const stored = {
    kind: RangeAllocation.kind,
    apiVersion: apiVersion(RangeAllocation),
    metadata: {},
    range: rangeText(ports.range),
    data,
  }
  return Buffer.from(JSON.stringify(stored))
}
