import type { Key, KubeObject } from '#api/object.ts'
import { idOf } from './keys.ts'
import type { Item, Told } from './news.ts'

/** One thing that happened to one object. */
export class Change<T extends KubeObject> {
  readonly id: string
  readonly before: Item<T> | undefined
  readonly after: Item<T> | undefined
  readonly revision: number
  #gone: Item<T> | undefined
  readonly #told: { [type in Told<T>['type']]?: Told<T> } = {}

  constructor(id: string, before: Item<T> | undefined, after: Item<T> | undefined, revision: number, gone?: Item<T>) {
    this.id = id
    this.before = before
    this.after = after
    this.revision = revision
    this.#gone = gone
  }

  /** A change to the object of a key. */
  static of<T extends KubeObject>(
    key: Key,
    { before, after, revision, gone }: Pick<Change<T>, 'before' | 'after' | 'revision'> & { readonly gone?: Item<T> | undefined },
  ): Change<T> {
    return new Change(idOf(key), before, after, revision, gone)
  }

  /** The change as a watcher sees it for whom the object came, stayed or went: made once, shared by all who see it so. */
  told(type: Told<T>['type']): Told<T> {
    return (this.#told[type] ??= { type, item: type === 'DELETED' ? this.#last() : this.after! })
  }

  /** The object as it was before it went, with the revision at which it went. */
  #last(): Item<T> {
    if (this.#gone) return this.#gone
    const { object } = this.before!
    const metadata = { ...object.metadata, resourceVersion: String(this.revision) }
    return (this.#gone = { object: { ...object, metadata }, revision: this.revision })
  }
}

/** The last changes, up to a number and to a size: a ring. Every change has a number, one more than that before it; the oldest give way. */
export class Past<T extends KubeObject> {
  readonly #ring: (Change<T> | undefined)[] = []
  readonly #limit: number
  readonly #limitBytes: number
  #bytes = 0
  /** The number of the oldest change that is kept. There is room for earlier ones before the first of all. */
  first: number
  /** The number of the change to come. */
  next: number
  /** Everything after this revision is kept. */
  begins = 0

  constructor(limit: number, limitBytes: number) {
    this.#limit = limit
    this.#limitBytes = limitBytes
    this.first = this.next = limit
  }

  push(change: Change<T>): void {
    if (this.#limit === 0) {
      this.begins = change.revision
      this.first = ++this.next
      return
    }
    if (this.next - this.first === this.#limit) this.#drop()
    this.#ring[this.next++ % this.#limit] = change
    this.#bytes += bytesOf(change)
    while (this.#bytes > this.#limitBytes && this.next - this.first > 1) this.#drop()
  }

  /** The change with a number from `first` up to, but not including, `next`. */
  at(number: number): Change<T> {
    return this.#ring[number % this.#limit]!
  }

  /** The number of the first change after a revision. */
  after(revision: number): number {
    let low = this.first
    for (let high = this.next; low < high; ) {
      const middle = (low + high) >>> 1
      if (this.at(middle).revision <= revision) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Takes in what happened after a revision, up to where the past begins, oldest first: as much of it as there is room for. */
  recall(earlier: readonly Change<T>[], after: number): void {
    let lost = earlier.length
    for (let room = this.#limit - (this.next - this.first); lost > 0 && room > 0; room--, lost--) {
      const change = earlier[lost - 1]!
      if (this.#bytes + bytesOf(change) > this.#limitBytes) break
      this.#bytes += bytesOf(change)
      this.#ring[--this.first % this.#limit] = change
    }
    this.begins = lost > 0 ? earlier[lost - 1]!.revision : after
  }

  /**
   * Forgets everything up to a revision at which the present was given anew. Numbers are skipped, as many as could be recalled
   * and one: nobody stands behind the gap.
   */
  clear(revision: number): void {
    this.#ring.length = 0
    this.#bytes = 0
    this.first = this.next += this.#limit + 1
    this.begins = revision
  }

  #drop(): void {
    const gone = this.at(this.first)
    this.#ring[this.first++ % this.#limit] = undefined
    this.#bytes -= bytesOf(gone)
    this.begins = gone.revision
  }
}

/** How large a change is, by the JSON of its object, where somebody has it. */
const bytesOf = ({ before, after }: Change<KubeObject>): number => (after ?? before)?.bytes?.length ?? 0
