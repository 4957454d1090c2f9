import type { Clock } from '#machinery/clock.ts'
import { type Entry, one, type Revision, type Storage, under } from '#storage/storage.ts'

/** Upstream's figures (pkg/controlplane: DefaultEndpointReconcilerInterval and TTL). */
export const renewEveryMs = 10_000
const lastsMs = 15_000

const prefix = '/registry/masterleases/'

/**
 * The API servers over one storage. Each keeps a lease on its address by writing it anew; whoever's lease has not been
 * written for a while is gone (upstream: pkg/controlplane/reconcilers/lease.go). Clocks of other machines are not trusted: a
 * lease is old by the time that has gone by here since it was seen to change.
 */
export class Masters {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #key: string
  readonly #value: Buffer
  readonly #seen = new Map<string, { readonly revision: Revision; readonly atMs: number }>()

  constructor(storage: Storage, clock: Clock, address: string) {
    this.#storage = storage
    this.#clock = clock
    this.#key = prefix + address
    const subsets = [{ addresses: [{ ip: address }] }]
    this.#value = Buffer.from(JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', metadata: {}, subsets }))
  }

  /** Renews this one's lease, and gives the addresses of all who have one, in order. */
  async renew(): Promise<readonly string[]> {
    const mine = (await this.#storage.read(one(this.#key))).entries[0]
    await this.#storage.write({ key: this.#key, value: this.#value, expected: mine?.revision ?? 0 })
    const { entries } = await this.#storage.read(under(prefix))
    const lapsed = entries.filter(entry => this.#lapsed(entry))
    for (const { key, revision } of lapsed) await this.#storage.write({ key, expected: revision })
    return entries.filter(entry => !lapsed.includes(entry)).map(({ key }) => key.slice(prefix.length))
  }

  /** Gives the lease back, and tells who is left. */
  async leave(): Promise<readonly string[]> {
    const { entries } = await this.#storage.read(under(prefix))
    const mine = entries.find(({ key }) => key === this.#key)
    if (mine) await this.#storage.write({ key: mine.key, expected: mine.revision })
    return entries.filter(entry => entry !== mine).map(({ key }) => key.slice(prefix.length))
  }

  #lapsed({ key, revision }: Entry): boolean {
    const now = this.#clock.now().getTime()
    const seen = this.#seen.get(key)
    if (seen?.revision !== revision) this.#seen.set(key, { revision, atMs: now })
    return seen?.revision === revision && now - seen.atMs >= lastsMs
  }
}
