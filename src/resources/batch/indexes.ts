import { quote } from '#machinery/causes.ts'

/** A run of indexes, both ends included. */
export type Interval = readonly [first: number, last: number]

/** The runs that a text such as `1,3-5` lists, of indexes below `completions`; throws an Error in upstream's words. */
export function parseIndexes(text: string, completions: number): Interval[] {
  const runs: Interval[] = []
  for (const part of text ? text.split(',') : []) {
    const run = parseInterval(part, completions)
    const previous = runs.at(-1)?.[1]
    if (previous !== undefined && previous >= run[0])
      throw new Error(`non-increasing order, previous: ${previous}, current: ${run[0]}`)
    runs.push(run)
  }
  return runs
}

/** Why a text lists no indexes, in upstream's words; undefined if it does. */
export function indexesError(text: string, completions: number): string | undefined {
  try {
    parseIndexes(text, completions)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** How many indexes there are in runs. */
export const countIndexes = (runs: readonly Interval[]): number => runs.reduce((sum, [first, last]) => sum + last - first + 1, 0)

/** The first index that two texts have in common. Runs that cannot be read are passed over. */
export function overlap(a: string, b: string, completions: number): number | undefined {
  const [left, right] = [a, b].map(text => (text ? text.split(',') : []).flatMap(part => readable(part, completions)))
  const common = left!.flatMap(([x, y]) => right!.filter(([from, to]) => x <= to && from <= y).map(([from]) => Math.max(x, from)))
  return common.length ? Math.min(...common) : undefined
}

function readable(part: string, completions: number): Interval[] {
  try {
    return [parseInterval(part, completions)]
  } catch {
    return []
  }
}

function parseInterval(text: string, completions: number): Interval {
  const limits = text.split('-')
  if (limits.length > 2)
    throw new Error(
      `the fragment ${quote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    )
  const [first = 0, last = first] = limits.map(limit => {
    if (!/^[-+]?\d+$/.test(limit)) throw new Error(`cannot convert string to integer for index: ${quote(limit)}`)
    if (Number(limit) >= completions) throw new Error(`too large index: ${quote(limit)}`)
    return Number(limit)
  })
  if (limits.length > 1 && first >= last) throw new Error(`non-increasing order, previous: ${first}, current: ${last}`)
  return [first, last]
}
