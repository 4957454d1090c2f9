import { type Key, keyText } from '#api/object.ts'

/** A text spelled so that JavaScript's own `<` orders it by its UTF-8 bytes, as etcd does. ASCII is its own spelling. */
export const inOrder = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')

/** A key as the cache orders and finds it. */
export const idOf = (key: Key): string => inOrder(keyText(key))

/** The ids of a namespace: from the first up to, but not including, the second. Without a namespace, or with the empty one: all. */
export const idsOf = (namespace: string | undefined): readonly [string, string] =>
  namespace ? [inOrder(`${namespace}/`), inOrder(`${namespace}0`)] : ['', '\u{ffff}'] // '0' follows '/'

/** How many texts lie together: a larger piece makes a change dearer, a smaller one the way to it. */
const piece = 512

/** Texts in order. Short pieces in a row: a change moves one piece and never all. */
export class Ordered {
  #pieces: string[][] = []

  /** Starts over with texts that need not be in order. */
  constructor(texts: Iterable<string> = []) {
    const all = [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    for (let at = 0; at < all.length; at += piece) this.#pieces.push(all.slice(at, at + piece))
  }

  /** Adds a text that is not there yet. */
  add(text: string): void {
    const at = Math.min(this.#pieceOf(text), this.#pieces.length - 1)
    const texts = this.#pieces[at]
    if (!texts) {
      this.#pieces.push([text])
      return
    }
    texts.splice(placeOf(texts, text), 0, text)
    if (texts.length >= 2 * piece) this.#pieces.splice(at + 1, 0, texts.splice(piece))
  }

  /** Takes away a text that is there. */
  delete(text: string): void {
    const at = this.#pieceOf(text)
    const texts = this.#pieces[at]!
    texts.splice(placeOf(texts, text), 1)
    if (texts.length === 0) this.#pieces.splice(at, 1)
  }

  /** The texts from `start` up to, but not including, `end`. The order must not change meanwhile. */
  *between(start: string, end: string): Generator<string> {
    for (
      let at = this.#pieceOf(start), place = placeOf(this.#pieces[at] ?? [], start);
      at < this.#pieces.length;
      at++, place = 0
    ) {
      for (const texts = this.#pieces[at]!; place < texts.length; place++) {
        if (texts[place]! >= end) return
        yield texts[place]!
      }
    }
  }

  /** How many texts there are from `start` up to, but not including, `end`. */
  count(start: string, end: string): number {
    return this.#rank(end) - this.#rank(start)
  }

  /** How many texts come before this one. */
  #rank(text: string): number {
    const at = this.#pieceOf(text)
    let rank = placeOf(this.#pieces[at] ?? [], text)
    for (let before = 0; before < at; before++) rank += this.#pieces[before]!.length
    return rank
  }

  /** The first piece whose last text is not before this one; past the end where there is none. */
  #pieceOf(text: string): number {
    let low = 0
    for (let high = this.#pieces.length; low < high; ) {
      const middle = (low + high) >>> 1
      if (this.#pieces[middle]!.at(-1)! < text) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Where a text stands in an ordered list, or would stand. */
function placeOf(texts: readonly string[], text: string): number {
  let low = 0
  for (let high = texts.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (texts[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}
