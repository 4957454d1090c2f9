/** A range of numbers is given out from above a lower band, which is left for those who ask for a number by name. */
export interface Band {
  readonly least: number
  readonly most: number
  /** The part of the range that the band is. */
  readonly share: number
}

/** How many numbers at the start of a range are left for those who ask: a share of it within limits; none of a small one. */
export const bandOf = (size: number, { least, most, share }: Band): number =>
  size <= least ? 0 : Math.min(Math.max(least, Math.floor(size / share)), most)

/** Every number below `count` once, in the order in which they are to be tried: from anywhere above the band, then from anywhere in it. */
export function* inTurn(count: number, band: number, random: () => number): Generator<number> {
  yield* around(band, count, random)
  yield* around(0, Math.min(band, count), random)
}

function* around(from: number, to: number, random: () => number): Generator<number> {
  const start = from + Math.floor(random() * (to - from))
  for (let at = start; at < to; at++) yield at
  for (let at = from; at < start; at++) yield at
}
