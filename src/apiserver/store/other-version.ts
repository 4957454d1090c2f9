import { notFound } from '#api/status.ts'
import { Encodings } from '#apiserver/answer/encodings.ts'
import type { Conversion, Resource } from '#apiserver/resource.ts'
import { once } from '#machinery/remember.ts'
import type { Gate } from './gate.ts'
import { Lens } from './lens.ts'
import { OtherPresent, type Present } from './present.ts'
import type { Store } from './store.ts'
import { Stored } from './stored.ts'

/**
 * A kind in a version that is not the stored one (autoscaling/v1), or in a group that is not its home (events.k8s.io): the same
 * objects, read and written through a conversion. As upstream does it, the version says what it defaults, and everything after that
 * (admission, preparation, validation with its field paths) is the stored kind's.
 */
export class OtherVersion implements Store {
  readonly resource: Resource
  readonly stored: Stored
  readonly encodings = new Encodings()
  readonly #home: Store
  readonly #gate: Gate
  readonly #conversion: Conversion
  readonly #lens: Lens
  readonly #shown = new WeakMap<Present, Present>()

  constructor(resource: Resource, conversion: Conversion, home: Store, gate: Gate) {
    this.resource = resource
    this.stored = new Stored(resource.kind)
    this.#home = home
    this.#gate = gate
    this.#conversion = conversion
    this.#lens = new Lens(conversion, this.stored)
  }

  get cache(): Present {
    const { cache } = this.#home
    return once(this.#shown, cache, () => new OtherPresent(cache, this.#lens))
  }

  read: Store['read'] = async (key, at) => {
    const item = await this.#home.read(key, at)
    return item && this.#lens.item(item)
  }

  bytes: Store['bytes'] = async key => {
    const item = await this.read(key)
    if (!item) throw notFound(this.#home.resource.kind, key.name)
    return item.bytes!
  }

  reachBack: Store['reachBack'] = after => this.#home.reachBack(after)

  newest: Store['newest'] = () => this.#home.newest()

  page: Store['page'] = async (...where) => {
    const { items, remaining } = await this.#home.page(...where)
    return { items: items.map(item => this.#lens.item(item)), remaining }
  }

  change: Store['change'] = async (key, attempt, change) => {
    const { item, outcome } = await this.#home.change(key, { ...attempt, through: this.resource }, current => {
      const before = current && this.#lens.object(current)
      const wanted = change(before)
      if (!wanted) return undefined
      this.#gate.fill(this.resource, wanted, before)
      const stored = this.#conversion.to(wanted)
      this.#gate.conform(this.#home.resource, stored)
      return stored
    })
    return { item: this.#lens.item(item), outcome }
  }
}
