import { type Band, bandOf, inTurn } from './bands.ts'

/** The ports of a range, both ends included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Upstream: calculateRangeOffset of portallocator. */
const band: Band = { least: 16, most: 128, share: 32 }

/** `30000-32767` */
export const rangeText = ({ first, last }: PortRange): string => `${first}-${last}`

/** Throws a sentence for what is no range of ports. Upstream also takes `30000+99`, and a single port. */
export function parsePortRange(text: string): PortRange {
  const [, from = '', sign, to = ''] = /^\s*(\d+)\s*(?:([-+])\s*(\d+))?\s*$/.exec(text) ?? []
  const first = Number(from)
  const last = sign === '+' ? first + Number(to) : sign === '-' ? Number(to) : first
  if (from === '' || first < 1 || last > 65535 || last < first)
    throw new Error(`${JSON.stringify(text)} is no range of ports such as 30000-32767`)
  return { first, last }
}

/** Some ports of a range, as upstream keeps them: a number whose n-th bit stands for the n-th port, in bytes, the highest first. */
export class PortSet {
  readonly range: PortRange
  readonly #bits: Uint8Array

  constructor(range: PortRange, bits?: Uint8Array) {
    this.range = range
    this.#bits = new Uint8Array(Math.ceil((range.last - range.first + 1) / 8))
    // Upstream leaves out bytes of zero at the start.
    if (bits) this.#bits.set(bits.slice(-this.#bits.length), Math.max(this.#bits.length - bits.length, 0))
  }

  get bytes(): Uint8Array {
    return this.#bits
  }

  copy(): PortSet {
    return new PortSet(this.range, this.#bits)
  }

  /** Adds ports, as far as they are in the range. */
  with(ports: Iterable<number>): this {
    for (const port of ports) this.add(port)
    return this
  }

  /** Becomes what another set of the same range is. */
  become(other: PortSet): void {
    this.#bits.set(other.#bits)
  }

  equals(other: PortSet): boolean {
    return Buffer.compare(this.#bits, other.#bits) === 0
  }

  isInside(port: number): boolean {
    return port >= this.range.first && port <= this.range.last
  }

  has(port: number): boolean {
    const [byte, mask] = this.#place(port)
    return this.isInside(port) && (this.#bits[byte]! & mask) !== 0
  }

  add(port: number): void {
    const [byte, mask] = this.#place(port)
    if (this.isInside(port)) this.#bits[byte]! |= mask
  }

  delete(port: number): void {
    const [byte, mask] = this.#place(port)
    if (this.isInside(port)) this.#bits[byte]! &= ~mask
  }

  /** A port that is not in the set, if there is one. */
  free(random: () => number): number | undefined {
    const { first, last } = this.range
    const size = last - first + 1
    for (const at of inTurn(size, bandOf(size, band), random)) if (!this.has(first + at)) return first + at
    return undefined
  }

  *[Symbol.iterator](): Generator<number> {
    for (let port = this.range.first; port <= this.range.last; port++) if (this.has(port)) yield port
  }

  #place(port: number): [byte: number, mask: number] {
    const at = port - this.range.first
    return [this.#bits.length - 1 - (at >> 3), 1 << (at & 7)]
  }
}
