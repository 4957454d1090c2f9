import { type Exact, exactly } from './exact.ts'
import { scan } from './json-scan.ts'

/** Bytes that are not what they claim to be. The message is upstream's. */
export class DecodeError extends Error {}

/**
 * How deep an object may be nested. Upstream takes 10,000; no real object has more than some dozens, and with this every
 * function that walks an object may simply recurse.
 */
export const maxDepth = 1000

/**
 * The value that JSON text stands for, as JSON.parse gives it, except that integers beyond 2^53 are kept exactly
 * (see exact.ts) and lone surrogates become U+FFFD. Throws DecodeError.
 */
export function decode(bytes: Uint8Array | string): unknown {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = withoutLoneSurrogates(buffer.toString())
  if (mayBeDeep(buffer)) refuse(text)
  try {
    return hasLongNumber(buffer) ? JSON.parse(text, keepExact) : JSON.parse(text)
  } catch {
    return refuse(text)
  }
}

/**
 * The fields that occur more than once in an object of JSON text that decodes, as sentences: `duplicate field "spec.replicas"`.
 * A second pass over the text, for those who asked for strictness. `decoded` is what the text was just decoded to.
 */
export function duplicateFields(bytes: Uint8Array | string, decoded = decode(bytes)): string[] {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  // What is written as JavaScript would write it has nothing twice. That is most of what comes, and quick to tell.
  if (JSON.stringify(decoded) === text.trimEnd()) return []
  return scan(text, maxDepth).duplicates.map(path => `duplicate field ${JSON.stringify(path)}`)
}

/** Sentences about fields that are unknown, or there twice, in the order in which the text has the fields: as a decoder meets them. */
export function inOrderOf(bytes: Uint8Array, problems: readonly string[]): readonly string[] {
  if (problems.length < 2) return problems
  const places = new Map<string, number>()
  scan(Buffer.from(bytes).toString(), maxDepth, (path, at, again) => {
    const sentence = `${again ? 'duplicate' : 'unknown'} field ${JSON.stringify(path)}`
    if (!places.has(sentence)) places.set(sentence, at)
  })
  const place = (problem: string): number => places.get(problem) ?? bytes.length
  return problems.toSorted((one, other) => place(one) - place(other))
}

/** Throws what is wrong with a text, if anything is. */
function refuse(text: string): unknown {
  const { problem } = scan(text, maxDepth)
  if (problem !== undefined) throw new DecodeError(problem)
  return JSON.parse(text)
}

/** Whether a text may be too deep: it has more brackets than levels are allowed, which takes it some length. */
function mayBeDeep(bytes: Uint8Array): boolean {
  if (bytes.length <= 2 * maxDepth) return false
  let brackets = 0
  // `[` and `{` differ in this one bit.
  for (let i = 0; i < bytes.length; i++) if ((bytes[i]! | 0x20) === 0x7b) brackets++
  return brackets > maxDepth
}

/** Whether there are sixteen digits in a row. One of them stands at a multiple of sixteen, so few bytes need a look. */
function hasLongNumber(bytes: Uint8Array): boolean {
  for (let i = 15; i < bytes.length; i += 16) {
    if (!isDigit(bytes[i])) continue
    let start = i
    while (isDigit(bytes[start - 1])) start--
    while (isDigit(bytes[i + 1])) i++
    if (i - start >= 15) return true
  }
  return false
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown | Exact {
  return typeof value === 'number' && context?.source ? exactly(context.source) : value
}

/** Half a character is none: as upstream, it becomes the replacement character. */
function withoutLoneSurrogates(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text
  return text.replace(
    /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[\s\S])/g,
    sequence => (sequence.length === 6 ? '\\ufffd' : sequence),
  )
}
