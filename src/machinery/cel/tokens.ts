import { SyntaxProblem } from './problem.ts'
import { bytesIn, textIn } from './quoted.ts'
import { Uint, type Value } from './value.ts'

/** A piece of an expression's text. */
export interface Token {
  readonly kind: 'name' | 'literal' | 'sign' | 'end'
  readonly text: string
  readonly at: number
  /** Of a literal. */
  readonly value?: Value
}

/** The pieces of a text, the last of which is its end. Throws SyntaxProblem. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = after(space, text, 0); at < text.length; ) {
    const token = tokenAt(text, at)
    if (!token)
      throw new SyntaxProblem(at, `Syntax error: token recognition error at: '${String.fromCodePoint(text.codePointAt(at)!)}'`)
    tokens.push(token)
    at = after(space, text, at + token.text.length)
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: text.length })
  return tokens
}

const space = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y

/** What pieces look like, and what they are. The first that fits is it. */
const kinds: readonly (readonly [RegExp, (found: RegExpExecArray, at: number) => Omit<Token, 'text' | 'at'>])[] = [
  [/(b?r|rb)("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/iy, quoted],
  [/(b?)("""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')/iy, quoted],
  [/0x([0-9a-f]+)(u?)/iy, ([, digits, sign], at) => whole(`0x${digits}`, sign !== '', at)],
  [/\d+\.\d+(?:e[-+]?\d+)?|\d+e[-+]?\d+|\.\d+(?:e[-+]?\d+)?/iy, ([digits]) => ({ kind: 'literal', value: Number(digits) })],
  [/(\d+)(u?)/iy, ([, digits, sign], at) => whole(digits!, sign !== '', at)],
  [/true(?!\w)/y, () => ({ kind: 'literal', value: true })],
  [/false(?!\w)/y, () => ({ kind: 'literal', value: false })],
  [/null(?!\w)/y, () => ({ kind: 'literal', value: null })],
  [/[_a-zA-Z]\w*|`[-_./ a-zA-Z0-9]+`/y, () => ({ kind: 'name' })],
  [/&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}]/y, () => ({ kind: 'sign' })],
]

function tokenAt(text: string, at: number): Token | undefined {
  for (const [pattern, kindOf] of kinds) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) return { ...kindOf(found, at), text: found[0], at }
  }
  return undefined
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return at + pattern.exec(text)![0].length
}

function whole(digits: string, isUint: boolean, at: number): { kind: 'literal'; value: Value } {
  const wrong = new SyntaxProblem(at, `invalid ${isUint ? 'uint' : 'int'} literal`)
  if (digits.length > 100) throw wrong
  const value = BigInt(digits)
  // An int may be one more than the largest here: whether a minus stands before it is seen by who reads on.
  if (value > (isUint ? 2n ** 64n - 1n : 2n ** 63n)) throw wrong
  return { kind: 'literal', value: isUint ? new Uint(value) : value }
}

function quoted([, prefix = '', text = '']: RegExpExecArray, at: number): { kind: 'literal'; value: Value } {
  const width = /^("""|''')/.test(text) ? 3 : 1
  const inner = text.slice(width, -width)
  const isRaw = /r/i.test(prefix)
  if (/b/i.test(prefix)) return { kind: 'literal', value: isRaw ? Buffer.from(inner) : bytesIn(inner, at) }
  return { kind: 'literal', value: isRaw ? inner : textIn(inner, at) }
}
