import { oddKeys, oddValues } from './hostile.ts'
import type { Random } from './random.ts'

/** Mutations of requests' parts: each takes something good and makes one thing of it wrong. */
export interface Mutations {
  /** JSON or other text: a value or a key replaced, something cut, doubled or changed. */
  text(text: string): string
  /** Bytes: some bits flipped, cut off, doubled or put in. */
  bytes(bytes: Uint8Array): Buffer
  /** A path: segments changed, escapes broken. It can still be sent. */
  path(path: string): string
}

export function mutations(random: Random): Mutations {
  const { below, chance, pick } = random
  const replaced = (text: string, found: readonly RegExpMatchArray[], by: string): string => {
    const target = found.length > 0 ? pick(found) : undefined
    return target ? text.slice(0, target.index!) + by + text.slice(target.index! + target[0].length) : text
  }
  const values = (text: string): RegExpMatchArray[] => [...text.matchAll(/"[^"]*"(?!:)|\d+|true|\[|\{/g)]
  const keys = (text: string): RegExpMatchArray[] => [...text.matchAll(/"[^"]*"(?=:)/g)]
  const members = (text: string): RegExpMatchArray[] => [...text.matchAll(/\{/g)]

  const once = (text: string): string => {
    const at = below(text.length)
    const ways: readonly (() => string)[] = [
      () => replaced(text, values(text), pick(oddValues)),
      () => replaced(text, values(text), pick(oddValues)),
      () => replaced(text, values(text), pick(oddValues)),
      () => replaced(text, keys(text), JSON.stringify(pick(oddKeys))),
      () => replaced(text, members(text), `{${JSON.stringify(pick(oddKeys))}:${pick(oddValues)},`),
      () => text.slice(0, at),
      () => text.slice(0, at) + text.slice(at + 1),
      () => text.slice(0, at) + text.slice(Math.max(0, at - 10)),
      () => text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1),
    ]
    return pick(ways)()
  }

  return {
    text: text => {
      let mutated = once(text)
      while (chance(0.3)) mutated = once(mutated)
      return mutated.slice(0, 200_000)
    },
    bytes: bytes => {
      const copy = Buffer.from(bytes)
      const at = below(copy.length)
      const ways: readonly (() => Buffer)[] = [
        () => copy.subarray(0, at),
        () => Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - 20))]),
        () => Buffer.concat([copy.subarray(0, at), Buffer.from([255, 255, 255, 255, 255, 15]), copy.subarray(at)]),
        () => {
          for (let flips = 1 + below(4); flips > 0; flips--) copy[below(copy.length)]! ^= 1 << below(8)
          return copy
        },
      ]
      return pick(ways)()
    },
    path: path => {
      const segments = path.split('/')
      const at = 1 + below(segments.length - 1)
      const ways: readonly (() => void)[] = [
        () =>
          void (segments[at] = pick([
            '..',
            '.',
            '',
            '%2e%2e',
            '%00',
            '%zz',
            '%',
            '%ff%fe',
            '__proto__',
            'constructor',
            '*',
            'a:b:c:d',
          ])),
        () => void segments.splice(at, 1),
        () => void segments.splice(at, 0, pick(['watch', 'proxy', 'namespaces', 'status', 'x'])),
        () =>
          void segments.push(
            pick(['status', 'scale', 'log', 'exec', 'proxy', 'token', 'eviction', 'binding', 'approval', 'finalize', '', 'x']),
          ),
        () => void (segments[at] = 'n'.repeat(pick([64, 254, 3000]))),
        () => void (segments[at] = encodeURIComponent(pick(['é', '\ud83d\ude00', 'A B', 'a/b', '\u0001']))),
      ]
      pick(ways)()
      return segments.join('/').replace(/[^\x21-\x7e]/g, '')
    },
  }
}
