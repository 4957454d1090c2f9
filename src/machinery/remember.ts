/**
 * The same function, with its answers to up to `most` texts kept: for pure functions of what comes again and again and cannot be
 * known beforehand, such as headers. Answers belong to all who ask.
 */
export function remembering<T extends {}>(answer: (text: string) => T, most = 100): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    let found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= most) known.clear()
    known.set(text, (found = answer(text)))
    return found
  }
}

/** What belongs to an object: made when it is first asked for, and kept as long as the object. */
export function once<K extends object, V extends object>(made: WeakMap<K, V>, key: K, make: () => V): V {
  let value = made.get(key)
  if (!value) made.set(key, (value = make()))
  return value
}
