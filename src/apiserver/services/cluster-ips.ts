import { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import type { Key } from '#api/object.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { type Ip, parseIp } from '#machinery/ip.ts'
import { once } from '#machinery/remember.ts'
import type { Family } from '#machinery/service/addresses.ts'
import { AddressRange } from './address-range.ts'
import { canonical, dropAddress, isHeldBy, keyOf, takeAddress } from './ip-addresses.ts'

/** For which Service; a dry run takes nothing. */
export interface Asking {
  readonly key: Key
  readonly dryRun: boolean
}

/**
 * Gives Services their addresses: whoever makes the IPAddress of an address has it (upstream: ipallocator's MetaAllocator).
 *
 * Guarantees: no two Services are given the same address, however many API servers there are over the storage.
 * Assumptions: an address is given back only when its Service is gone, or has let go of it. What a crash between the two
 * writes leaves behind is put right by IpRepair.
 */
export class ClusterIps {
  readonly #reader: Reader
  readonly #random: () => number
  readonly #signal: AbortSignal
  readonly #ranges = new WeakMap<Readonly<ServiceCIDR>, readonly AddressRange[]>()

  /** When the signal aborts, nobody waits any more. */
  constructor(reader: Reader, random: () => number, signal: AbortSignal) {
    this.#reader = reader
    this.#random = random
    this.#signal = signal
  }

  /** Takes the address that a Service asks for; says why it cannot. */
  async claim(address: string, asking: Asking): Promise<string | undefined> {
    const ip = parseIp(address)!
    const isInside = (): boolean => this.#ready().some(range => range.has(ip))
    if (!isInside()) {
      await this.#reader.catchUp(ServiceCIDR, this.#signal)
      if (!isInside()) return 'the provided network does not match the current range'
    }
    return (await this.#take(canonical(address), asking)) ? undefined : 'provided IP is already allocated'
  }

  /** Takes an address of a family that nobody has; nothing, if there is none. */
  async give(family: Family, asking: Asking): Promise<string | undefined> {
    const found = await this.#find(family, asking)
    if (found) return found
    // Perhaps there is another range, or somebody has given one back.
    await Promise.all([ServiceCIDR, IPAddress].map(kind => this.#reader.catchUp(kind, this.#signal)))
    return this.#find(family, asking)
  }

  /** Gives an address back. Throws NotFound, if the Service did not have it. */
  release(address: string, holder: Key): Promise<void> {
    return dropAddress(this.#reader, canonical(address), address => isHeldBy(address, holder))
  }

  /** Whether an address lies in a range of any ServiceCIDR, ready or not. */
  isInside(ip: Ip): boolean {
    return this.#reader.list(ServiceCIDR).some(each => this.#rangesOf(each).some(range => range.has(ip)))
  }

  async #find(family: Family, asking: Asking): Promise<string | undefined> {
    for (const range of this.#ready()) {
      if (range.family !== family) continue
      for (const ip of range.inTurn(this.#random))
        if (!this.#reader.get(IPAddress, keyOf(ip)) && (await this.#take(ip, asking))) return ip
    }
    return undefined
  }

  async #take(ip: string, { key, dryRun }: Asking): Promise<boolean> {
    return dryRun ? !(await this.#reader.live(IPAddress, keyOf(ip))) : takeAddress(this.#reader, ip, key)
  }

  #ready(): readonly AddressRange[] {
    return this.#reader
      .list(ServiceCIDR)
      .filter(isReady)
      .flatMap(each => this.#rangesOf(each))
  }

  #rangesOf(cidr: Readonly<ServiceCIDR>): readonly AddressRange[] {
    return once(this.#ranges, cidr, () => cidr.spec?.cidrs?.map(each => new AddressRange(each)) ?? [])
  }
}

/** Of those that say nothing upstream takes it for granted: there may be no controller. */
const isReady = ({ metadata, status }: Readonly<ServiceCIDR>): boolean =>
  !metadata.deletionTimestamp && (conditionOf(status?.conditions, 'Ready')?.status ?? 'True') === 'True'
