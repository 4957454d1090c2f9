import { SyntaxProblem } from './problem.ts'

const letters: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** An octal or hexadecimal byte, a character by its number, a letter that stands for one, or what is no escape at all. */
const escaped = /\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'"`?])|[\s\S])/g

/** The text that is written between quotes. Throws SyntaxProblem, at the place given. */
export function textIn(inner: string, at: number): string {
  return inner.replace(escaped, (all, octal, hex, short, long, letter) => {
    if (letter) return letters[letter] ?? letter
    const point = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long, 16)
    if (!isCharacter(point)) throw unreadable(all, at)
    return String.fromCodePoint(point)
  })
}

/** The bytes that are written between quotes: there an escape with two digits is a byte. Throws SyntaxProblem, at the place given. */
export function bytesIn(inner: string, at: number): Uint8Array {
  const pieces: Uint8Array[] = []
  let from = 0
  for (const found of inner.matchAll(escaped)) {
    const [all, octal, hex, , , letter] = found
    if (!octal && !hex && !letter) throw unreadable(all, at)
    pieces.push(Buffer.from(inner.slice(from, found.index)))
    pieces.push(
      letter
        ? Buffer.from(letters[letter] ?? letter)
        : Uint8Array.of(octal ? Number.parseInt(octal, 8) : Number.parseInt(hex!, 16)),
    )
    from = found.index + all.length
  }
  pieces.push(Buffer.from(inner.slice(from)))
  return Buffer.concat(pieces)
}

const isCharacter = (point: number): boolean => point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000)

const unreadable = (text: string, at: number): SyntaxProblem => new SyntaxProblem(at, `unable to unescape string: ${text}`)
