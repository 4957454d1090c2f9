/** How much goes to a socket, or to another thread, at once: an item of a list is too little. */
export const chunkBytes = 64 * 1024

/** The bytes of many small parts in pieces that are worth the way. A list is never whole in memory but as its items. */
export function* chunks(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let [gathered, size] = [[] as Uint8Array[], 0]
  for (const part of parts) {
    gathered.push(part)
    size += part.length
    if (size < chunkBytes) continue
    yield Buffer.concat(gathered)
    ;[gathered, size] = [[], 0]
  }
  if (size > 0) yield Buffer.concat(gathered)
}

/** How many bytes all parts have together. */
export const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)
