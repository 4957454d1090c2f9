import type { ConfigMap } from './api.ts'

export const configMaps = '/api/v1/namespaces/default/configmaps'

/** Numbers between 0 and 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What the write with a number writes: of any size, and one sees whether all of it is there. */
export function dataOf(number: number): Record<string, string> {
  const letter = String.fromCharCode(97 + (number % 26))
  return { number: `${number}`, payload: letter.repeat((number * 7919) % 20_000) }
}

/** The number of the write that an object comes from. Throws where it is not whole. */
export function numberOf({ metadata, data }: ConfigMap): number {
  const number = Number(data?.number)
  const wanted = dataOf(number)
  if (data?.payload !== wanted.payload || Object.keys(data ?? {}).length !== 2)
    throw new Error(`${metadata.name} is not as any write left it: write ${number}, ${data?.payload?.length} bytes`)
  return number
}
