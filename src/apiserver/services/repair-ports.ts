import { Service } from '#api/core/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { every } from '#machinery/every.ts'
import type { Log } from '#machinery/log.ts'
import type { NodePorts } from './node-ports.ts'
import { PortSet, rangeText } from './port-set.ts'
import { nodePortsOf } from './port-wishes.ts'
import type { Warn } from './warnings.ts'

/** How often nobody must have been seen to have a port before it is free again: whoever has just taken it may not have it yet. */
const looks = 3
/** Upstream: ServiceNodePort's repair interval. */
const everyMs = 180_000
/** How often somebody else may come in between. */
const tries = 5

/** What is to be told of a Service. */
export interface Complaint {
  readonly service: Readonly<Service>
  readonly reason: string
  readonly message: string
}

/** What a look at all Services has come to. */
export interface Repaired {
  readonly ports: PortSet
  /** The ports that nobody seems to have, and how many looks they are kept for yet. */
  readonly leaks: ReadonlyMap<number, number>
  readonly complaints: readonly Complaint[]
}

/** The ports that are really taken, given those that are noted down (upstream: portallocator/controller/repair.go). */
export function repaired(noted: PortSet, services: readonly Readonly<Service>[], leaks: Repaired['leaks']): Repaired {
  const ports = new PortSet(noted.range)
  const left = noted.copy()
  const complaints: Complaint[] = []
  for (const service of services)
    for (const port of nodePortsOf(service)) {
      const tell = (reason: string, message: string): void => void complaints.push({ service, reason, message })
      if (!ports.isInside(port)) {
        const range = rangeText(noted.range)
        tell('PortOutOfRange', `Port ${port} is not within the port range ${range}; please recreate service`)
      } else if (ports.has(port)) {
        tell('PortAlreadyAllocated', `Port ${port} was assigned to multiple services; please recreate service`)
      } else if (!left.has(port)) tell('PortNotAllocated', `Port ${port} is not allocated; repairing`)
      ports.add(port)
      left.delete(port)
    }
  const kept = new Map<number, number>()
  for (const port of left) {
    const more = leaks.get(port) ?? looks - 1
    if (more === 0) continue
    kept.set(port, more - 1)
    ports.add(port)
  }
  return { ports, leaks: kept, complaints }
}

export interface PortGround {
  readonly reader: Reader
  readonly ports: NodePorts
  readonly warn: Warn
  readonly clock: Clock
  readonly log: Log
}

/** Somebody has taken or given back a port meanwhile. */
class Changed extends Error {}

/** Sees to it that the ports that are noted down are those that Services have. */
export class PortRepair {
  readonly #ground: PortGround
  #leaks: Repaired['leaks'] = new Map()

  constructor(ground: PortGround) {
    this.#ground = ground
  }

  /** Looks at all Services once; where ports are taken and given back all the time, another time. */
  async all(signal: AbortSignal): Promise<void> {
    for (let tried = 0; tried < tries; tried++) {
      try {
        return await this.#look(signal)
      } catch (error) {
        if (!(error instanceof Changed)) throw error
      }
    }
    this.#ground.log.debug('the node ports change too often to be looked at')
  }

  /** Looks at them again and again until the signal aborts. */
  keep(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#ground
    const failed = (error: Error): void => log.warn('the node ports were not looked at', { error: error.message })
    return every(everyMs, () => this.all(signal), { clock, failed }, signal)
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { reader, ports, warn } = this.#ground
    const noted = await ports.taken()
    // Whoever is noted down by then and has a port shows it now.
    await reader.catchUp(Service, signal)
    const found = repaired(noted, reader.list(Service), this.#leaks)
    if (!found.ports.equals(noted))
      await ports.change(taken => {
        if (!taken.equals(noted)) throw new Changed()
        taken.become(found.ports)
      })
    this.#leaks = found.leaks
    for (const { service, reason, message } of found.complaints) await warn(service, reason, message)
  }
}
