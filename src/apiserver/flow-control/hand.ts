import { hash } from 'node:crypto'

/**
 * The queues that a flow may wait in: always the same few of many, so that one who floods his own leaves somebody else at least one
 * (upstream: util/shufflesharding).
 */
export function handOf(flow: string, queues: number, handSize: number): number[] {
  let rest = hash('sha256', flow, 'buffer').readBigUInt64BE()
  const hand: number[] = []
  for (let left = queues; hand.length < handSize && left > 0; left--) {
    let card = Number(rest % BigInt(left))
    rest /= BigInt(left)
    // The card is counted among those that are still in the deck.
    for (const dealt of hand.toSorted((a, b) => a - b)) if (card >= dealt) card++
    hand.push(card)
  }
  return hand
}
