import { isExact } from './exact.ts'

/** No vowels and nothing that looks like another letter: names made of these never spell a word. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The 32-bit FNV-1a hash of a text's UTF-8 bytes. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** The text in the alphabet of generated names, one letter for one character. */
export const safeEncode = (text: string): string =>
  Array.from(text, character => alphabet[character.codePointAt(0)! % alphabet.length]).join('')

/** A short name for a JSON value that changes when its meaning does: what pod-template-hash labels carry. */
export const hashOf = (value: unknown): string => safeEncode(String(fnv32a(canonical(value))))

/** What generateName appends. `random` gives numbers in [0, 1), as Math.random does. */
export function randomSuffix(random: () => number, length = 5): string {
  let suffix = ''
  while (suffix.length < length) suffix += alphabet[Math.floor(random() * alphabet.length)]
  return suffix
}

const canonical = (value: unknown): string => JSON.stringify(value, inKeyOrder) ?? ''

function inKeyOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isExact(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
