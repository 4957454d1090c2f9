import { Lease } from '#api/coordination/v1.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { microTimestamp } from '#machinery/time.ts'

/** Who stands for election, for which lease. */
export interface Candidacy {
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  /** The lease's name, in namespace kube-system: `kube-controller-manager`. */
  readonly lease: string
  /** Differs from that of every other candidate. One that comes back under its old identity need not wait for its old lease to lapse. */
  readonly identity: string
  readonly random?: () => number
}

/** Upstream's figures. */
const leaseMs = 15_000
const renewWithinMs = 10_000
const retryMs = 2_000
const namespace = 'kube-system'

/** The lease as it was last seen to change, and when that was by our own clock: other clocks are not trusted. */
interface Observed {
  readonly lease: Lease
  readonly at: number
}

/**
 * Runs a component while, and only while, a Lease is held: of all candidates one runs at a time. Who loses the lease
 * stops the component, waits for its end, and stands again. A lease still held at the end is given back.
 */
export function elected(component: Component, candidacy: Candidacy): Component {
  return {
    name: component.name,
    async run(signal) {
      while (!signal.aborted) {
        const seat = new Seat(candidacy)
        if (!(await seat.win(signal))) return
        candidacy.log.info(`${candidacy.identity} became leader`)
        const term = new AbortController()
        const either = AbortSignal.any([signal, term.signal])
        const until = (part: Promise<void>): Promise<void> => part.finally(() => term.abort())
        await Promise.all([until(component.run(either)), until(seat.hold(either))]).finally(() => seat.release())
      }
    },
  }
}

class Seat {
  readonly #candidacy: Candidacy
  #observed: Observed | undefined

  constructor(candidacy: Candidacy) {
    this.#candidacy = candidacy
  }

  /** Resolves once the lease is held; false if the signal aborted first. */
  async win(signal: AbortSignal): Promise<boolean> {
    const { clock, random = Math.random } = this.#candidacy
    while (!signal.aborted) {
      if (await this.#acquire(signal)) return true
      await clock.sleep(retryMs * (1 + 1.2 * random()), signal)
    }
    return false
  }

  /** Renews the lease until that has failed for too long. */
  async hold(signal: AbortSignal): Promise<void> {
    const { clock } = this.#candidacy
    let renewed = clock.now().getTime()
    while (!signal.aborted && clock.now().getTime() - renewed < renewWithinMs) {
      await clock.sleep(retryMs, signal)
      if (!signal.aborted && (await this.#acquire(signal))) renewed = clock.now().getTime()
    }
  }

  /** Gives the lease back, so that the next leader need not wait for it to lapse. */
  async release(): Promise<void> {
    const { client, clock, identity, log } = this.#candidacy
    const held = this.#observed?.lease
    if (held?.spec?.holderIdentity !== identity) return
    const now = microTimestamp(clock.now())
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }
    await client.update(Lease, { ...held, spec }).catch(error => log.debug(`lease not given back: ${error}`))
  }

  /** Tries to take or renew the lease. A server that does not answer in time has not renewed it. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    void this.#candidacy.clock.sleep(renewWithinMs, either).then(() => over.abort())
    try {
      return await this.#take(either)
    } catch (error) {
      if (isReason(error, 'NotFound')) return await this.#found(either)
      if (!isReason(error, 'Conflict')) this.#candidacy.log.debug(`cannot renew lease ${this.#candidacy.lease}: ${error}`)
      return false
    } finally {
      over.abort()
    }
  }

  /** Takes or renews the lease that is there; false: another holds it. */
  async #take(signal: AbortSignal): Promise<boolean> {
    const { client, clock, identity, lease: name } = this.#candidacy
    const current = await client.get(Lease, { namespace, name }, signal)
    const now = clock.now()
    if (current.metadata.resourceVersion !== this.#observed?.lease.metadata.resourceVersion)
      this.#observed = { lease: current, at: now.getTime() }
    const holder = current.spec?.holderIdentity
    const lapses = (this.#observed?.at ?? 0) + (current.spec?.leaseDurationSeconds ?? 0) * 1000
    if (holder && holder !== identity && now.getTime() <= lapses) return false
    const lease = await client.update(Lease, { ...current, spec: this.#claim(now, current) }, {}, signal)
    this.#observed = { lease, at: now.getTime() }
    return true
  }

  /** Makes the lease that nobody has held yet. */
  async #found(signal: AbortSignal): Promise<boolean> {
    const { client, clock, lease: name } = this.#candidacy
    const now = clock.now()
    try {
      const lease = await client.create(Lease, { metadata: { namespace, name }, spec: this.#claim(now) }, signal)
      this.#observed = { lease, at: now.getTime() }
      return true
    } catch {
      return false
    }
  }

  #claim(now: Date, current?: Lease): NonNullable<Lease['spec']> {
    const { identity } = this.#candidacy
    const text = microTimestamp(now)
    const mine = current?.spec?.holderIdentity === identity
    const transitions = current?.spec?.leaseTransitions ?? 0
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1000,
      acquireTime: (mine && current?.spec?.acquireTime) || text,
      renewTime: text,
      leaseTransitions: current && !mine ? transitions + 1 : transitions,
    }
  }
}
