/** How a level of priority takes part in the server's seats. */
export interface Part {
  readonly shares: number
  /** Of its own seats, in percent. */
  readonly lendable: number
  /** The same; nothing: as much as there is. */
  readonly borrowable: number | undefined
}

/** How many seats a level has by right, and between which numbers lending and borrowing keep it. */
export interface Bounds {
  readonly nominal: number
  readonly least: number
  readonly most: number
}

/** Divides the server's seats among the levels by their shares (upstream: finishQueueSetReconfigsLocked). */
export function boundsOf(parts: readonly Part[], seats: number): Bounds[] {
  const sum = parts.reduce((sum, { shares }) => sum + shares, 0)
  return parts.map(({ shares, lendable, borrowable }) => {
    const nominal = sum > 0 ? Math.ceil((seats * shares) / sum) : 0
    const borrowed = borrowable === undefined ? seats : Math.round((nominal * borrowable) / 100)
    return { nominal, least: nominal - Math.round((nominal * lendable) / 100), most: nominal + borrowed }
  })
}

/** A level that wants seats: how many it has wanted at most of late, and about how many it wants by and large. */
export interface Wish extends Bounds {
  readonly isExempt: boolean
  readonly peak: number
  readonly smoothed: number
}

/**
 * How many seats each level has until the next adjustment. Nobody who uses them is brought below its own; what is left over goes to
 * those who want more, in proportion (upstream: updateBorrowingLocked, KEP-1040).
 */
export function allocate(levels: readonly Wish[]): number[] {
  const floor = ({ isExempt, least, nominal, peak }: Wish): number => Math.max(least, isExempt ? peak : Math.min(nominal, peak))
  const limited = levels.filter(({ isExempt }) => !isExempt)
  const all = sumOf(levels, ({ nominal }) => nominal)
  const left = all - sumOf(levels, level => (level.isExempt ? floor(level) : 0))
  const [least, wanted] = [sumOf(limited, level => level.least), sumOf(limited, floor)]
  if (left <= wanted) {
    // Even what is theirs has been lent to the exempt: all give up the same part of what is over the least.
    const part = left <= least ? 0 : (left - least) / (wanted - least)
    return levels.map(level => (level.isExempt ? floor(level) : level.least + Math.round((floor(level) - level.least) * part)))
  }
  const shares = fairly(
    all,
    limited.map(level => ({ low: floor(level), high: level.most, target: Math.max(floor(level), level.smoothed, leastTarget) })),
  )
  return levels.map(level => (level.isExempt ? floor(level) : Math.round(shares[limited.indexOf(level)]!)))
}

const leastTarget = 0.001

/** The one proportion of the targets that, kept within the bounds, comes to the total. */
function fairly(total: number, items: readonly { low: number; high: number; target: number }[]): number[] {
  const at = (proportion: number): number[] =>
    items.map(({ low, high, target }) => Math.max(low, Math.min(high, proportion * target)))
  let [less, more] = [0, Math.max(...items.map(({ high, target }) => high / target))]
  for (let halving = 0; halving < 64; halving++) {
    const middle = (less + more) / 2
    if (sumOf(at(middle), seats => seats) < total) less = middle
    else more = middle
  }
  return at(more)
}

const sumOf = <T>(items: readonly T[], value: (item: T) => number): number => items.reduce((sum, item) => sum + value(item), 0)
