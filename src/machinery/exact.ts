/*
 * Integers that a double cannot hold. Kubernetes has 64-bit ones (math.MaxInt64 is a favourite), and what a client wrote
 * must be read back as it was written. They are kept as the objects of JSON.rawJSON: frozen, and printed by JSON.stringify
 * as the digits they are.
 */

/** An integer beyond 2^53, as its digits. */
export interface Exact {
  readonly rawJSON: string
}

const json = JSON as typeof JSON & {
  rawJSON(text: string): Exact
  isRawJSON(value: unknown): value is Exact
}

/** Whether a value of a decoded object is an integer beyond 2^53. */
export const isExact = (value: unknown): value is Exact => json.isRawJSON(value)

/** The double that is nearest to a number. */
export const nearest = (value: number | Exact): number => (isExact(value) ? Number(value.rawJSON) : value)

/** The number that a JSON number's text stands for: exact if it is an integer that a double would change. */
export function exactly(text: string): number | Exact {
  const value = Number(text)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) || String(value) === text ? value : json.rawJSON(text)
}
