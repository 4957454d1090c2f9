import { handOf } from './hand.ts'

/** How many queues a level has, how many of them a flow, and how long each may be. */
export interface Queuing {
  readonly queues: number
  readonly handSize: number
  readonly queueLengthLimit: number
}

interface Queue<T> {
  readonly items: T[]
  /** In virtual time: when its first item's turn has come. */
  start: number
}

/** How many flows' hands are remembered. */
const remembered = 1000

/**
 * Queues that are served in fair turns: by virtual time, in which every item takes the same, and an empty queue saves nothing up
 * (upstream: fairqueuing/queueset). Only queues in which something waits exist.
 */
export class FairQueues<T> {
  readonly queuing: Queuing
  readonly #queues = new Map<number, Queue<T>>()
  readonly #hands = new Map<string, readonly number[]>()
  #now = 0
  #size = 0

  constructor(queuing: Queuing) {
    this.queuing = queuing
  }

  get size(): number {
    return this.#size
  }

  /** Whether the shortest queue of a flow is as long as it may be. */
  isFull(flow: string): boolean {
    return (this.#queues.get(this.#shortest(flow))?.items.length ?? 0) >= this.queuing.queueLengthLimit
  }

  /** Puts an item into the shortest queue of its flow, however long. */
  add(flow: string, item: T): void {
    const index = this.#shortest(flow)
    let queue = this.#queues.get(index)
    if (!queue) this.#queues.set(index, (queue = { items: [], start: this.#now }))
    queue.items.push(item)
    this.#size++
  }

  /** Takes the item whose turn it is. */
  next(): T | undefined {
    let [first, at] = [undefined as Queue<T> | undefined, 0]
    for (const [index, queue] of this.#queues) if (!first || queue.start < first.start) [first, at] = [queue, index]
    if (!first) return undefined
    this.#now = first.start++
    const item = first.items.shift()!
    this.#size--
    if (first.items.length === 0) this.#queues.delete(at)
    return item
  }

  /** Takes out what does not wait any longer. */
  remove(isOver: (item: T) => boolean): readonly T[] {
    const removed: T[] = []
    for (const [index, { items }] of this.#queues) {
      for (let at = items.length - 1; at >= 0; at--) if (isOver(items[at]!)) removed.push(...items.splice(at, 1))
      if (items.length === 0) this.#queues.delete(index)
    }
    this.#size -= removed.length
    return removed
  }

  #shortest(flow: string): number {
    let hand = this.#hands.get(flow)
    if (!hand) {
      if (this.#hands.size >= remembered) this.#hands.clear()
      this.#hands.set(flow, (hand = handOf(flow, this.queuing.queues, this.queuing.handSize)))
    }
    let [shortest, least] = [hand[0]!, Number.POSITIVE_INFINITY]
    for (const index of hand) {
      const length = this.#queues.get(index)?.items.length ?? 0
      if (length < least) [shortest, least] = [index, length]
    }
    return shortest
  }
}
