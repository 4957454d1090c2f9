import type { Range } from './storage.ts'

/** A key spelled so that JavaScript's own `<` orders it by its UTF-8 bytes. An ASCII key is its own spelling. */
export const inOrder = (key: string): string =>
  Buffer.byteLength(key) === key.length ? key : Buffer.from(key).toString('latin1')

/** A test for the keys of a range. */
export function within(range: Range): (key: string) => boolean {
  const start = inOrder(range.start)
  const end = inOrder(range.end)
  return key => {
    const at = inOrder(key)
    return start <= at && at < end
  }
}

/** The key that a range is made for (see `one`); undefined for all other ranges. */
export const onlyKey = ({ start, end }: Range): string | undefined =>
  end.length === start.length + 1 && end.endsWith('\0') && end.startsWith(start) ? start : undefined
