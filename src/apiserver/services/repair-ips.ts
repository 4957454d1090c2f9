import { Service } from '#api/core/v1.ts'
import { IPAddress } from '#api/networking/v1.ts'
import { type Key, keyOf, keyText } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { every } from '#machinery/every.ts'
import { parseIp } from '#machinery/ip.ts'
import type { Log } from '#machinery/log.ts'
import { familyOf } from '#machinery/service/addresses.ts'
import { isOfAllocator } from '#machinery/service/ip-address.ts'
import type { ClusterIps } from './cluster-ips.ts'
import * as address from './ip-addresses.ts'
import type { Warn } from './warnings.ts'

export interface IpGround {
  readonly reader: Reader
  readonly ips: ClusterIps
  readonly warn: Warn
  readonly clock: Clock
  readonly log: Log
}

/** How often everything is looked at. */
const everyMs = 60_000
/** How long an address may be there before its Service has it: a request takes no longer. */
const graceMs = 60_000
/** How many objects are looked at in one go. */
const stretch = 1000

/**
 * Sees to it that every cluster IP of a Service has its IPAddress, and every IPAddress its Service (upstream:
 * ipallocator/controller/repairip.go): after a crash between two writes, or where somebody has changed or deleted one by hand.
 *
 * Guarantees: what is right in the caches costs nothing more; nothing is mended that is not wrong in the storage too.
 * Assumptions: every API server does this; who comes second finds it done.
 */
export class IpRepair {
  readonly #ground: IpGround
  readonly #waiting = new Set<string>()
  #last = Promise.resolve()

  constructor(ground: IpGround) {
    this.#ground = ground
  }

  /** Looks at everything once. */
  async all(): Promise<void> {
    const { reader } = this.#ground
    for await (const service of inStretches(reader.list(Service))) if (!this.#isRight(service)) await this.#mend(keyOf(service))
    for await (const each of inStretches(reader.list(IPAddress))) await this.#check(each)
  }

  /** Looks at everything again and again, and at once at what changes, until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { reader, clock, log } = this.#ground
    const stops = [
      reader.store(Service).cache.subscribe((_, service) => this.#look(service as Service | undefined)),
      reader.store(IPAddress).cache.subscribe(before => {
        const parent = before && address.parentOf(before as IPAddress)
        this.#look(parent && reader.get(Service, parent))
      }),
    ]
    const failed = (error: Error): void => log.warn('the addresses of Services were not looked at', { error: error.message })
    await every(everyMs, () => this.all(), { clock, failed }, signal)
    for (const stop of stops) stop()
    await this.#last
  }

  /** Mends a Service soon, if it seems to be wrong. */
  #look(service: Readonly<Service> | undefined): void {
    if (!service || this.#isRight(service)) return
    const key = keyOf(service)
    const id = keyText(key)
    if (this.#waiting.has(id)) return
    this.#waiting.add(id)
    this.#last = this.#last
      .then(() => {
        this.#waiting.delete(id)
        return this.#mend(key)
      })
      .catch(error =>
        this.#ground.log.debug('the addresses of a Service stay as they are', { service: id, error: String(error) }),
      )
  }

  #isRight(service: Readonly<Service>): boolean {
    const { reader, ips } = this.#ground
    const holder = keyOf(service)
    return address.addressesOf(service).every(ip => {
      const known = reader.get(IPAddress, address.keyOf(ip))
      const parsed = parseIp(ip)
      return known && parsed && address.isRight(known, holder) && ips.isInside(parsed)
    })
  }

  async #mend(key: Key): Promise<void> {
    const service = await this.#ground.reader.live(Service, key)
    if (service) for (const ip of address.addressesOf(service)) await this.#mendAddress(service, key, ip)
  }

  async #mendAddress(service: Readonly<Service>, key: Key, ip: string): Promise<void> {
    const { reader, ips, warn } = this.#ground
    const named = `[${familyOf(ip)}]: ${ip}`
    const parsed = parseIp(ip)
    if (!parsed) return warn(service, 'ClusterIPNotValid', `Cluster IP ${ip} is not a valid IP; please recreate Service`)
    if (!ips.isInside(parsed)) {
      const message = `Cluster IP ${named} is not within any configured Service CIDR; please recreate service`
      return warn(service, 'ClusterIPOutOfRange', message)
    }
    const known = await reader.live(IPAddress, address.keyOf(ip))
    if (known && address.isRight(known, key)) return
    if (!known) await warn(service, 'ClusterIPNotAllocated', `Cluster IP ${named} is not allocated; repairing`)
    else if (!address.isHeldBy(known, key)) {
      if (await this.#hasAddress(address.parentOf(known), ip)) {
        const message = `Cluster IP [${familyOf(ip)}]:${ip} was assigned to multiple services; please recreate service`
        return warn(service, 'ClusterIPAlreadyAllocated', message)
      }
      const message = `the ClusterIP ${named} for Service ${keyText(key)} has a wrong reference; repairing`
      await warn(service, 'ClusterIPNotAllocated', message)
    }
    if (known) await this.#drop(known)
    await address.takeAddress(reader, ip, key)
  }

  /** Drops an IPAddress that nobody has. Those of other managers are none of our business. */
  async #check(known: Readonly<IPAddress>): Promise<void> {
    const { reader, warn, clock } = this.#ground
    const { name: ip = '', creationTimestamp = '' } = known.metadata
    if (!isOfAllocator(known)) return
    const parent = address.parentOf(known)
    if (!parent) {
      const { group, resource, name } = known.spec?.parentRef ?? {}
      const what = JSON.stringify({ group, resource, name })
      await warn(
        known,
        'IPAddressNotAllocated',
        `IPAddress ${ip} appears to have been modified, not referencing a Service ${what}: cleaning up`,
      )
      return this.#drop(known)
    }
    const service = reader.get(Service, parent)
    if (service && address.addressesOf(service).includes(ip)) return
    // Upstream waits only where there is no Service; one that gets a second address has it but a moment later too.
    if (clock.now().getTime() - Date.parse(creationTimestamp) <= graceMs || (await this.#hasAddress(parent, ip))) return
    const about = `IPAddress: ${ip} for Service ${keyText(parent)}`
    if (service) await warn(known, 'IPAddressWrongReference', `${about} has a wrong reference; cleaning up`)
    else await warn(known, 'IPAddressNotAllocated', `${about} appears to have leaked: cleaning up`)
    await this.#drop(known)
  }

  async #hasAddress(holder: Key | undefined, ip: string): Promise<boolean> {
    const service = holder && (await this.#ground.reader.live(Service, holder))
    return address.addressesOf(service).includes(ip)
  }

  async #drop({ metadata: { name = '', uid } }: Readonly<IPAddress>): Promise<void> {
    try {
      await address.dropAddress(this.#ground.reader, name, ({ metadata }) => metadata.uid === uid)
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error
    }
  }
}

/** Lets others have their turn now and then. */
async function* inStretches<T>(all: readonly T[]): AsyncGenerator<T> {
  for (const [at, each] of all.entries()) {
    if (at % stretch === stretch - 1) await new Promise(setImmediate)
    yield each
  }
}
