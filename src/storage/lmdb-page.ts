/** Where things stand in a page (MDB_page) and in one of its nodes (MDB_node); little-endian. */
const page = { number: 0, transaction: 8, pad: 16, flags: 18, lower: 20, upper: 22, count: 20, bytes: 24 } as const
const node = { size: 0, flags: 4, keyBytes: 6, bytes: 8 } as const
/** What stands for a value that has pages of its own (MDB_ovpage). */
const own = { first: 0, transaction: 8, count: 16, bytes: 24 } as const

const kinds: Readonly<Record<number, 'branch' | 'leaf' | 'overflow'>> = { 1: 'branch', 2: 'leaf', 4: 'overflow' }
const [large, table] = [1, 2]

/** A page of LMDB's file (data format 2): a branch, a leaf, or the first of a large value. Says what is wrong with it before anything else may be asked. */
export class Page {
  /** What every page begins with. */
  static readonly head = page.bytes
  readonly number: number
  readonly #bytes: Buffer

  constructor(number: number, bytes: Buffer) {
    this.number = number
    this.#bytes = bytes
  }

  get kind(): 'branch' | 'leaf' | 'overflow' | 'unknown' {
    return kinds[this.#bytes.readUInt16LE(page.flags)] ?? 'unknown'
  }

  get entries(): number {
    return this.#bytes.readUInt16LE(page.lower) >> 1
  }

  /** What cannot be right about a branch or a leaf that a transaction, or one before it, has written. Its nodes must fill their part without a gap. */
  problem(newest: number): string | undefined {
    if (!this.#isFrom(newest)) return 'is another page, or from another time'
    const bytes = this.#bytes
    const lower = bytes.readUInt16LE(page.lower)
    const upper = bytes.readUInt16LE(page.upper)
    if (lower % 2 === 1 || lower > upper || upper > bytes.length - page.bytes || lower === 0) return 'has other bounds'
    const places = new Uint32Array(lower / 2)
    for (let at = 0; at < places.length; at++) places[at] = this.#place(at)
    places.sort()
    let end = upper + page.bytes
    for (const place of places) {
      if (place !== end || place + node.bytes > bytes.length) return 'has gaps between its entries'
      const flags = bytes.readUInt16LE(place + node.flags)
      if (this.kind === 'leaf' && flags !== 0 && flags !== large && flags !== table) return 'has an entry of no known kind'
      const size = node.bytes + bytes.readUInt16LE(place + node.keyBytes) + this.#inside(place)
      end = place + size + (size % 2)
    }
    return end === bytes.length ? undefined : 'has gaps between its entries'
  }

  /** Whether it is the first of so many pages of a large value. */
  isHeadOf(count: number, newest: number): boolean {
    return this.kind === 'overflow' && this.#isFrom(newest) && this.#bytes.readUInt32LE(page.count) === count
  }

  key(at: number): Buffer {
    const place = this.#place(at) + node.bytes
    return this.#bytes.subarray(place, place + this.#bytes.readUInt16LE(this.#place(at) + node.keyBytes))
  }

  /** The page to which an entry of a branch leads. */
  child(at: number): number {
    return this.#bytes.readUIntLE(this.#place(at) + node.size, 6)
  }

  /** How long the value of an entry of a leaf is. */
  dataBytes(at: number): number {
    return this.#bytes.readUInt32LE(this.#place(at) + node.size)
  }

  /** What stands in the leaf itself. */
  data(at: number): Buffer {
    const key = this.key(at)
    const from = this.#place(at) + node.bytes + key.length
    return this.#bytes.subarray(from, from + this.#inside(this.#place(at)))
  }

  /** Where the value lies if it does not stand in the leaf. */
  ownPages(at: number): { readonly first: number; readonly count: number } | undefined {
    if (this.#bytes.readUInt16LE(this.#place(at) + node.flags) !== large) return undefined
    const data = this.data(at)
    return { first: Number(data.readBigUInt64LE(own.first)), count: Number(data.readBigUInt64LE(own.count)) }
  }

  #isFrom(newest: number): boolean {
    const bytes = this.#bytes
    return Number(bytes.readBigUInt64LE(page.number)) === this.number && Number(bytes.readBigUInt64LE(page.transaction)) <= newest
  }

  #place(at: number): number {
    return this.#bytes.readUInt16LE(page.bytes + 2 * at) + page.bytes
  }

  /** How many bytes of a value stand behind its key. */
  #inside(place: number): number {
    if (this.kind === 'branch') return 0
    return this.#bytes.readUInt16LE(place + node.flags) === large ? own.bytes : this.#bytes.readUInt32LE(place + node.size)
  }
}
