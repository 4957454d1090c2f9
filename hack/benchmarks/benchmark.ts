/** One thing that is measured, or why it is not. */
export type Figure = Measured | { readonly name: string; readonly missing: string }

/** What came out, once a round, and what the same machine can do at best, measured in between. */
export interface Measured {
  readonly name: string
  readonly unit: string
  readonly rounds: readonly number[]
  /** Left out where nothing is comparable. */
  readonly floor?: readonly number[]
  readonly better: 'more' | 'less'
  /** What is wanted: of the value, or of its ratio to the floor. */
  readonly goal?: { readonly value: number } | { readonly ratio: number }
}

export interface BenchmarkOptions {
  readonly rounds: number
  /** Aborts when the group has taken too long. */
  readonly signal: AbortSignal
}

/** A group of figures that share what they are measured on. */
export interface Benchmark {
  readonly name: string
  run(options: BenchmarkOptions): AsyncIterable<Figure>
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value that a part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? Number.NaN
}

/** How near a figure comes to its floor: 1 is as good. */
export function ratio({ rounds, floor, better }: Measured): number | undefined {
  if (!floor) return undefined
  return better === 'more' ? median(rounds) / median(floor) : median(floor) / median(rounds)
}

/** Whether a figure is as good as wanted; undefined where nothing is wanted. */
export function reached(figure: Measured): boolean | undefined {
  const { goal, rounds, better } = figure
  if (!goal) return undefined
  if ('ratio' in goal) return ratio(figure)! >= goal.ratio
  return better === 'more' ? median(rounds) >= goal.value : median(rounds) <= goal.value
}
