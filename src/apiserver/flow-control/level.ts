import { Demand } from './demand.ts'
import { FairQueues, type Queuing } from './fair-queues.ts'

/** How long a request may wait (upstream: a quarter of --request-timeout). */
const longestWaitMs = 15_000
/** How many requests of a level are begun, and how many refused, in one turn of the event loop, before others have theirs. */
const perTurn = 8

interface Waiter {
  readonly flow: string
  readonly until: number
  go(isServed: boolean): void
}

/**
 * A level of priority: so many seats, and queues for those who find none.
 *
 * All requests share one thread, where most are over in the turn of the event loop in which they came, and a seat would never be missed.
 * So a seat is given up only when the turn is over, and a turn begins only so many: a flood gets its turns, and not the thread.
 */
export class Level {
  readonly #now: () => number
  readonly #demand = new Demand()
  #queues = new FairQueues<Waiter>(noQueues)
  /** Refusals too are told in turns: whoever comes again at once would else have the thread by being refused. */
  readonly #refused: (() => void)[] = []
  #limit = 0
  #busy = 0
  #begun = 0
  #leaving = 0
  #isTurnDue = false
  /** How many seats have been wanted, and since when. */
  #wanted = 0
  #since: number

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
  }

  /** Nothing: who finds no seat is turned away. Those who wait already go on waiting. */
  set queuing(queuing: Queuing | undefined) {
    const before = this.#queues
    this.#queues = new FairQueues(queuing ?? noQueues)
    for (let waiter = before.next(); waiter; waiter = before.next()) this.#queues.add(waiter.flow, waiter)
  }

  /** How many seats there are; Infinity for a level that is exempt. */
  set limit(limit: number) {
    this.#limit = limit
    this.#wake()
  }

  /** Takes a seat, if there is one at once. Whoever has taken one must leave it. */
  begin(): boolean {
    const mayQueue = this.#queues.queuing.queueLengthLimit > 0 && this.#limit !== Number.POSITIVE_INFINITY
    if (this.#queues.size > 0 || this.#busy >= this.#limit || (mayQueue && this.#begun >= perTurn)) return false
    this.#take()
    return true
  }

  /** Waits for a seat: whether there was one in time, and its queue not too long. */
  wait(flow: string, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (signal.aborted || (this.#busy >= this.#limit && this.#queues.isFull(flow))) {
      this.#refused.push(() => resolve(false))
      this.#wake()
      return promise
    }
    const gone = (): void => {
      this.#queues.remove(each => each === waiter)
      waiter.go(false)
    }
    const waiter: Waiter = {
      flow,
      until: this.#now() + longestWaitMs,
      go(isServed) {
        signal.removeEventListener('abort', gone)
        resolve(isServed)
      },
    }
    signal.addEventListener('abort', gone)
    this.#queues.add(flow, waiter)
    this.#wake()
    return promise
  }

  /** Gives a seat back. */
  leave(): void {
    this.#leaving++
    this.#wake()
  }

  /** Turns those away who have waited too long. */
  expire(): void {
    if (this.#queues.size === 0) return
    const now = this.#now()
    for (const waiter of this.#queues.remove(({ until }) => until <= now)) waiter.go(false)
  }

  /** How many seats were wanted since it was last asked. */
  report(): ReturnType<Demand['report']> {
    this.#book()
    return this.#demand.report()
  }

  #take(): void {
    this.#busy++
    this.#begun++
    this.#wake()
  }

  #wake(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#book()
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    // Nobody has left since the turn began: now it was most.
    this.#wanted = this.#busy + this.#queues.size
    this.#book()
    this.#isTurnDue = false
    this.#busy -= this.#leaving
    this.#leaving = this.#begun = 0
    while (this.#queues.size > 0 && this.#busy < this.#limit && this.#begun < perTurn) {
      this.#take()
      this.#queues.next()!.go(true)
    }
    for (const refuse of this.#refused.splice(0, perTurn)) refuse()
    if (this.#refused.length > 0) this.#wake()
    this.#wanted = this.#busy + this.#queues.size
  }

  /** Books what was wanted until now. */
  #book(): void {
    const now = this.#now()
    this.#demand.add(this.#wanted, now - this.#since)
    this.#since = now
  }
}

const noQueues: Queuing = { queues: 1, handSize: 1, queueLengthLimit: 0 }
