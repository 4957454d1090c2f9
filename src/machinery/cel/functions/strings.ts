import { perCallLimit } from '#machinery/cel/budget.ts'
import { lengthOf } from '#machinery/cel/compare.ts'
import { type Cost, type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, type Value } from '#machinery/cel/value.ts'
import { finding, sizeOf, tenth, through } from './costs.ts'

/** A text that is made of another may be much longer than it; how much is counted only where looking for the part can be paid. */
const replacement: Cost = ([text, part, by]) => {
  const looking = finding(2)([text!, part!])
  if (looking > perCallLimit) return looking
  const count = (text as string).split(part as string).length
  return Math.max(looking, tenth(2 * (sizeOf(text) + count * (sizeOf(by) - sizeOf(part)))))
}
const joining: Cost = ([list, by = '']) =>
  tenth(2 * (list as readonly Value[]).reduce((sum: number, item) => sum + sizeOf(item) + sizeOf(by), 0))

/** The place in characters of a place in halves of them. */
const placeOf = (text: string, at: number): bigint => BigInt(at < 0 ? at : lengthOf(text.slice(0, at)))

/** Characters from one place to another. Throws for places that are not in the text. */
function substring(text: string, from: bigint, to?: bigint): string {
  const characters = [...text]
  const end = to ?? BigInt(characters.length)
  if (from < 0n || from > characters.length) throw new EvaluationError(`index out of range: ${from}`)
  if (end < 0n || end > characters.length) throw new EvaluationError(`index out of range: ${end}`)
  if (from > end) throw new EvaluationError(`invalid substring range. start: ${from}, end: ${end}`)
  return characters.slice(Number(from), Number(end)).join('')
}

function charAt(text: string, at: bigint): string {
  const characters = [...text]
  if (at < 0n || at > characters.length) throw new EvaluationError(`index out of range: ${at}`)
  return characters[Number(at)] ?? ''
}

function indexFrom(text: string, part: string, from: bigint): bigint {
  const start = substring(text, 0n, from).length
  return placeOf(text, text.indexOf(part, start))
}

function lastIndexFrom(text: string, part: string, from: bigint): bigint {
  const start = substring(text, 0n, from).length
  return placeOf(text, text.lastIndexOf(part, start))
}

function replaced(text: string, part: string, by: string, count: bigint): string {
  if (count < 0n) return text.replaceAll(part, () => by)
  const pieces = text.split(part)
  const kept = Math.min(Number(count), pieces.length - 1)
  return (
    pieces.slice(0, kept + 1).join(by) +
    pieces
      .slice(kept + 1)
      .map(piece => part + piece)
      .join('')
  )
}

function split(text: string, by: string, count: bigint): string[] {
  const pieces = by === '' ? [...text] : text.split(by)
  if (count < 0n || count >= pieces.length) return pieces
  if (count === 0n) return []
  return [...pieces.slice(0, Number(count) - 1), pieces.slice(Number(count) - 1).join(by)]
}

/** Go's spaces, which are not all JavaScript's. */
const space = /\p{White_Space}/u

function trim(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && space.test(text[from]!)) from++
  while (from < to && space.test(text[to - 1]!)) to--
  return text.slice(from, to)
}

const ascii = (text: string, range: RegExp, change: (letter: string) => string): string => text.replace(range, change)

function joined(list: readonly Value[], by: string): string {
  if (!list.every(item => typeof item === 'string')) throw new EvaluationError('no such overload')
  return list.join(by)
}

/** What can be done with texts (upstream: cel-go's ext.Strings, version 2, but for `format`). Places count characters. */
export const strings: readonly Overload[] = [
  overload('string.charAt(int): string', charAt, through()),
  overload('string.indexOf(string): int', (text: string, part: string) => placeOf(text, text.indexOf(part)), finding()),
  overload('string.indexOf(string, int): int', indexFrom, finding()),
  overload('string.lastIndexOf(string): int', (text: string, part: string) => placeOf(text, text.lastIndexOf(part)), finding()),
  overload('string.lastIndexOf(string, int): int', lastIndexFrom, finding()),
  overload('list(string).join(): string', (list: Value[]) => joined(list, ''), joining),
  overload('list(string).join(string): string', joined, joining),
  overload('string.lowerAscii(): string', (text: string) => ascii(text, /[A-Z]/g, letter => letter.toLowerCase()), through()),
  overload('string.upperAscii(): string', (text: string) => ascii(text, /[a-z]/g, letter => letter.toUpperCase()), through()),
  overload(
    'string.replace(string, string): string',
    (text: string, part: string, by: string) => replaced(text, part, by, -1n),
    replacement,
  ),
  overload('string.replace(string, string, int): string', replaced, replacement),
  overload('string.split(string): list(string)', (text: string, by: string) => split(text, by, -1n), finding(2)),
  overload('string.split(string, int): list(string)', split, finding(2)),
  overload('string.substring(int): string', substring, through()),
  overload('string.substring(int, int): string', substring, through()),
  overload('string.trim(): string', trim, through()),
]
