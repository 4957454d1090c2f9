import { joined, type Operator, type Requirement, requirement, type Selector, selectorFrom } from './labels.ts'
import { qualifiedName } from './names.ts'

/** Reads `a=b,c!=d,e in (x,y),f notin (z),g,!h`, as `?labelSelector=` has it. The empty text selects everything. Throws. */
export function parseSelector(text: string): Selector {
  const tokens = new Tokens(text)
  const requirements: Requirement[] = []
  while (tokens.peek() !== end) {
    if (!isIdentifier(tokens.peek()) && tokens.peek() !== '!') fail(tokens.peek(), "!, identifier, or 'end of string'")
    try {
      requirements.push(parseRequirement(tokens))
    } catch (cause) {
      throw new Error(`unable to parse requirement: ${(cause as Error).message}`)
    }
    const separator = tokens.next()
    if (separator === end) break
    if (separator !== ',') fail(separator, "',' or 'end of string'")
    if (!isIdentifier(tokens.peek()) && tokens.peek() !== '!') fail(tokens.peek(), "identifier after ','")
  }
  return selectorFrom(requirements)
}

const end = ''

/** The words and signs of a selector, one after the other; at the end, `end` for ever. */
class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#tokens = text.split('\0', 1)[0]!.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? []
  }

  peek(): string {
    return this.#tokens[this.#at] ?? end
  }

  next(): string {
    return this.#tokens[this.#at++] ?? end
  }
}

const isIdentifier = (token: string): boolean => token !== end && !/^[=!(),<>]/.test(token)

const operators: Readonly<Record<string, Operator>> = {
  in: 'In',
  notin: 'NotIn',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'Gt',
  '<': 'Lt',
}

function parseRequirement(tokens: Tokens): Requirement {
  const absent = tokens.peek() === '!' && tokens.next() === '!'
  const key = tokens.next()
  if (!isIdentifier(key)) fail(key, 'identifier')
  for (const { message } of joined('', key, qualifiedName(key))) throw new Error(`<nil>: ${message}`)
  if (absent) return requirement(key, 'DoesNotExist', [])
  if (endsHere(tokens)) return requirement(key, 'Exists', [])
  const sign = tokens.next()
  const operator = Object.hasOwn(operators, sign) ? operators[sign]! : fail(sign, 'in, notin, =, ==, !=, gt, lt')
  const values = operator === 'In' || operator === 'NotIn' ? parseValues(tokens) : parseValue(tokens)
  return requirement(key, operator, [...new Set(values)].sort())
}

const endsHere = (tokens: Tokens): boolean => tokens.peek() === end || tokens.peek() === ','

function parseValue(tokens: Tokens): string[] {
  if (endsHere(tokens)) return ['']
  const value = tokens.next()
  return isIdentifier(value) ? [value] : fail(value, 'identifier')
}

/** `(a,b)`; between two commas, and between a comma and a bracket, stands the empty value. */
function parseValues(tokens: Tokens): string[] {
  const opening = tokens.next()
  if (opening !== '(') throw new Error(`found '${opening}' expected: '('`)
  const values: string[] = []
  for (;;) {
    values.push(isIdentifier(tokens.peek()) ? tokens.next() : '')
    const sign = tokens.next()
    if (sign === ')') return values
    if (sign !== ',') fail(sign, values.length === 1 && values[0] === '' ? "',', ')' or identifier" : "',' or ')'")
  }
}

function fail(found: string, expected: string): never {
  throw new Error(`found '${found}', expected: ${expected}`)
}
