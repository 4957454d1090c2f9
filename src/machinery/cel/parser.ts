import { type Call, depthOf, type Entry, type Expression, type Item } from './expression.ts'
import { expanded } from './macros.ts'
import { SyntaxProblem } from './problem.ts'
import { reserved } from './reserved.ts'
import { type Token, tokensOf } from './tokens.ts'

/** From the loosest to the tightest. */
const logical = ['||', '&&']
const arithmetic: readonly (readonly string[])[] = [
  ['<', '<=', '>', '>=', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
]

const beginnings =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

/** Upstream's limits (cel-go: parser/options.go). */
const longest = 100_000
const deepest = 250
/** How deep an expression may be once its macros are expanded and its chains are read: everything that walks it recurses. */
const deepestTree = 1000

/** Reads an expression; its macros are expanded. Throws SyntaxProblem. */
export function parse(text: string): Expression {
  const size = Array.from(text).length
  if (size > longest) throw new SyntaxProblem(0, `expression code point size exceeds limit: size: ${size}, limit ${longest}`)
  const expression = new Parser(tokensOf(text)).whole()
  if (depthOf(expression) > deepestTree) throw new SyntaxProblem(0, tooDeep)
  return expression
}

const tooDeep = `expression recursion limit exceeded: ${deepest}`

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#expression()
    if (this.#token.kind !== 'end') this.#fail(`Syntax error: mismatched input '${this.#token.text}' expecting <EOF>`)
    return expression
  }

  get #token(): Token {
    return this.#tokens[this.#next]!
  }

  #fail(message: string): never {
    throw new SyntaxProblem(this.#token.at, message)
  }

  #is(text: string): boolean {
    return this.#token.text === text && this.#token.kind !== 'literal'
  }

  /** Takes the next piece if it is this one. */
  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#tokens[this.#next++] : undefined
  }

  #insist(text: string): Token {
    return this.#take(text) ?? this.#fail(`Syntax error: mismatched input '${this.#token.text}' expecting '${text}'`)
  }

  /** What lies deeper than where it is called. */
  #nested<T>(read: () => T): T {
    if (++this.#depth > deepest) this.#fail(tooDeep)
    const found = read()
    this.#depth--
    return found
  }

  #expression(): Expression {
    return this.#nested(() => {
      const condition = this.#logical(0)
      const question = this.#take('?')
      if (!question) return condition
      const yes = this.#logical(0)
      this.#insist(':')
      return call('_?_:_', question.at, [condition, yes, this.#expression()])
    })
  }

  #logical(level: number): Expression {
    const sign = logical[level]
    if (!sign) return this.#binary(0)
    const terms = [this.#logical(level + 1)]
    const signs: Token[] = []
    for (let next = this.#take(sign); next; next = this.#take(sign)) {
      signs.push(next)
      terms.push(this.#logical(level + 1))
    }
    return balanced(`_${sign}_`, terms, signs)
  }

  #binary(level: number): Expression {
    const signs = arithmetic[level]
    if (!signs) return this.#unary()
    let left = this.#binary(level + 1)
    for (let count = 1; ; count++) {
      const sign = signs.find(each => this.#is(each))
      if (!sign) return left
      if (count > deepest) this.#fail(tooDeep)
      const { at } = this.#insist(sign)
      left = call(sign === 'in' ? '@in' : `_${sign}_`, at, [left, this.#binary(level + 1)])
    }
  }

  #unary(): Expression {
    const sign = this.#take('!') ?? this.#take('-')
    if (!sign) return this.#members(this.#primary(1n))
    const { kind, value } = this.#token
    if (sign.text === '-' && kind === 'literal' && (typeof value === 'bigint' || typeof value === 'number'))
      return this.#members({ ...this.#primary(-1n), at: sign.at })
    return this.#nested(() => call(sign.text === '!' ? '!_' : '-_', sign.at, [this.#unary()]))
  }

  #members(primary: Expression): Expression {
    let target = primary
    for (let count = 0; ; count++) {
      if (count > deepest) this.#fail(tooDeep)
      const { at } = this.#token
      if (this.#take('.')) target = this.#member(at, target)
      else if (this.#take('[')) target = call(this.#take('?') ? '_[?_]' : '_[_]', at, [target, this.#closed(']')])
      else return target
    }
  }

  #member(at: number, target: Expression): Expression {
    if (this.#take('?')) return { kind: 'select', at, target, field: this.#field(), mode: 'optional' }
    const field = this.#field()
    const open = this.#take('(')
    if (!open) return { kind: 'select', at, target, field, mode: 'value' }
    return expanded({ kind: 'call', at: open.at, name: field, target, args: this.#list(')') })
  }

  #field(): string {
    const { kind, text } = this.#token
    if (kind !== 'name' || text === 'in') this.#fail(`Syntax error: mismatched input '${text}' expecting IDENTIFIER`)
    this.#next++
    return text.replaceAll('`', '')
  }

  #closed(end: string): Expression {
    const expression = this.#expression()
    this.#insist(end)
    return expression
  }

  #primary(factor: bigint): Expression {
    const token = this.#token
    const { at, text } = token
    if (token.kind === 'literal') {
      this.#next++
      const { value } = token
      if (typeof value === 'number') return { kind: 'literal', at, value: value * Number(factor) }
      if (typeof value !== 'bigint') return { kind: 'literal', at, value: value! }
      if (value * factor >= 2n ** 63n) throw new SyntaxProblem(at, 'Syntax error: invalid int literal')
      return { kind: 'literal', at, value: value * factor }
    }
    if (this.#take('(')) return this.#closed(')')
    if (this.#take('[')) return { kind: 'list', at, items: this.#items(']', () => this.#item()) }
    if (this.#take('{')) return { kind: 'map', at, entries: this.#items('}', () => this.#entry()) }
    this.#take('.')
    if (this.#token.kind !== 'name' || text === 'in' || text.startsWith('`'))
      this.#fail(`Syntax error: mismatched input '${this.#token.text}' expecting ${beginnings}`)
    const name = this.#tokens[this.#next++]!.text
    const open = this.#take('(')
    if (!open && reserved.has(name)) throw new SyntaxProblem(at, `reserved identifier: ${name}`)
    return open ? expanded({ kind: 'call', at: open.at, name, args: this.#list(')') }) : { kind: 'name', at, name }
  }

  #list(end: string): Expression[] {
    return this.#items(end, () => this.#expression())
  }

  #item(): Item {
    const isOptional = this.#take('?') !== undefined
    return { value: this.#expression(), isOptional }
  }

  #entry(): Entry {
    const isOptional = this.#take('?') !== undefined
    const key = this.#expression()
    this.#insist(':')
    return { key, value: this.#expression(), isOptional }
  }

  #items<T>(end: string, read: () => T): T[] {
    const items: T[] = []
    while (!this.#take(end)) {
      items.push(read())
      if (this.#take(',')) continue
      this.#insist(end)
      break
    }
    return items
  }
}

/** Terms joined as a tree that is no deeper than it must be: a thousand of them are nothing unusual. */
function balanced(name: string, terms: readonly Expression[], signs: readonly Token[]): Expression {
  if (terms.length === 1) return terms[0]!
  const half = Math.ceil(terms.length / 2)
  const left = balanced(name, terms.slice(0, half), signs.slice(0, half - 1))
  return call(name, signs[half - 1]!.at, [left, balanced(name, terms.slice(half), signs.slice(half))])
}

const call = (name: string, at: number, args: readonly Expression[]): Call => ({ kind: 'call', at, name, args })
