import { formatIp, type Ip, parseCidr } from '#machinery/ip.ts'

/** Hands out the addresses of a node's range: the lowest that is free, but for the network's own, the gateway's and the last. */
export class Addresses {
  readonly #range: string
  readonly #family: Ip['family']
  readonly #first: bigint
  readonly #last: bigint
  readonly #taken = new Set<string>()
  /** Below it everything is taken, or in `#free`. */
  #next: bigint
  #free: string[] = []

  /** `range` is a CIDR such as 10.244.0.0/24. Throws if it is none. */
  constructor(range: string) {
    const cidr = parseCidr(range)
    if (!cidr) throw new Error(`invalid CIDR address: ${range}`)
    const hostBits = BigInt((cidr.ip.family === 4 ? 32 : 128) - cidr.bits)
    const network = (cidr.ip.value >> hostBits) << hostBits
    this.#range = range
    this.#family = cidr.ip.family
    this.#first = network + 2n
    this.#last = network + (1n << hostBits) - 2n
    this.#next = this.#first
  }

  /** Throws when none is left. */
  take(): string {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) if (this.reserve(free)) return free
    while (this.#next <= this.#last) {
      const address = formatIp({ family: this.#family, value: this.#next++ })
      if (this.reserve(address)) return address
    }
    throw new Error(`no IP addresses available in range set: ${this.#range}`)
  }

  /** Takes this very address; false if somebody has it. */
  reserve(address: string): boolean {
    if (this.#taken.has(address)) return false
    this.#taken.add(address)
    return true
  }

  giveBack(address: string): void {
    if (this.#taken.delete(address)) this.#free.push(address)
  }
}
