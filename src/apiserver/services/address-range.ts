import { type Cidr, formatIp, type Ip, isHostIn, parseCidr } from '#machinery/ip.ts'
import type { Family } from '#machinery/service/addresses.ts'
import { type Band, bandOf, inTurn } from './bands.ts'

/** Upstream: calculateRangeOffset of ipallocator. */
const band: Band = { least: 16, most: 256, share: 16 }

/** The addresses of one range that Services may have: all but the network's own and, of IPv4, the broadcast address. */
export class AddressRange {
  readonly family: Family
  readonly #cidr: Cidr
  readonly #network: bigint
  /** With the addresses that nobody may have; as exact as it need be. */
  readonly #size: number

  /** Takes what parseCidr takes. */
  constructor(cidr: string) {
    this.#cidr = parseCidr(cidr)!
    const { ip, bits } = this.#cidr
    const rest = (ip.family === 4 ? 32 : 128) - bits
    this.family = ip.family === 4 ? 'IPv4' : 'IPv6'
    this.#network = (ip.value >> BigInt(rest)) << BigInt(rest)
    // Beyond that nobody will look (upstream: 2^63).
    this.#size = 2 ** Math.min(rest, 53)
  }

  has(ip: Ip): boolean {
    return isHostIn(this.#cidr, ip)
  }

  /** The first address: upstream gives it to the Service `kubernetes`. */
  get first(): string {
    return this.#at(0)
  }

  /** Every address once, in the order in which they are to be tried. */
  *inTurn(random: () => number): Generator<string> {
    const count = Math.max(this.#size - (this.family === 'IPv4' ? 2 : 1), 0)
    for (const at of inTurn(count, bandOf(this.#size, band), random)) yield this.#at(at)
  }

  #at(index: number): string {
    return formatIp({ family: this.#cidr.ip.family, value: this.#network + 1n + BigInt(index) })
  }
}
