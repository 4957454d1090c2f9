/** What a careful reading of JSON text finds. */
export interface Findings {
  /** Paths of members that occur more than once in one object, each once: `spec.template.labels`. At most 100. */
  readonly duplicates: readonly string[]
  /** What is wrong with the text, in the words of Go's decoder. */
  readonly problem?: string
}

const maxDuplicates = 100

/** Hears of every member: its path, where it stands in the text, and whether its object has had it before. */
export type Hear = (path: string, at: number, again: boolean) => void

/** Reads JSON text slowly, to say what JSON.parse does not: what is wrong with it, what is there twice, and where everything stands. */
export function scan(text: string, maxDepth: number, hear: Hear = () => {}): Findings {
  const scanner = new Scanner(text, maxDepth, hear)
  try {
    scanner.document()
  } catch (error) {
    if (error instanceof Problem) return { duplicates: [], problem: error.message }
    throw error
  }
  return { duplicates: [...scanner.duplicates] }
}

class Problem extends Error {}

class Scanner {
  readonly duplicates = new Set<string>()
  readonly #text: string
  readonly #maxDepth: number
  readonly #hear: Hear
  #at = 0
  #depth = 0

  constructor(text: string, maxDepth: number, hear: Hear) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#hear = hear
  }

  document(): void {
    this.#value('')
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('after top-level value')
  }

  #value(path: string): void {
    this.#skipSpace()
    const first = this.#text[this.#at]
    if (first === '{') this.#nested(() => this.#object(path))
    else if (first === '[') this.#nested(() => this.#array(path))
    else if (first === '"') this.#string()
    else if (first === 't') this.#literal('true')
    else if (first === 'f') this.#literal('false')
    else if (first === 'n') this.#literal('null')
    else if (first === '-' || isDigit(first)) this.#number()
    else this.#fail('looking for beginning of value')
  }

  #nested(read: () => void): void {
    if (++this.#depth > this.#maxDepth) this.#fail('exceeded max depth')
    this.#at++
    this.#skipSpace()
    read()
    this.#depth--
  }

  #object(path: string): void {
    const seen = new Set<string>()
    if (this.#takes('}')) return
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string')
      const key = this.#string()
      const member = path ? `${path}.${key}` : key
      this.#hear(member, this.#at, seen.has(key))
      if (seen.has(key) && this.duplicates.size < maxDuplicates) this.duplicates.add(member)
      seen.add(key)
      this.#skipSpace()
      if (!this.#takes(':')) this.#fail('after object key')
      this.#value(member)
      this.#skipSpace()
      if (this.#takes('}')) return
      if (!this.#takes(',')) this.#fail('after object key:value pair')
    }
  }

  #array(path: string): void {
    if (this.#takes(']')) return
    for (let i = 0; ; i++) {
      this.#value(`${path}[${i}]`)
      this.#skipSpace()
      if (this.#takes(']')) return
      if (!this.#takes(',')) this.#fail('after array element')
    }
  }

  #string(): string {
    const start = this.#at++
    while (!this.#takes('"')) {
      const character = this.#text[this.#at]
      if (character === undefined || character < ' ') this.#fail('in string literal')
      this.#at++
      if (character === '\\') this.#escape()
    }
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  #escape(): void {
    const code = this.#text[this.#at]
    if (code === undefined || !'bfnrtu\\/"'.includes(code)) this.#fail('in string escape code')
    this.#at++
    if (code !== 'u') return
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape')
      this.#at++
    }
  }

  #number(): void {
    this.#takes('-')
    if (!this.#takes('0')) this.#digits('in numeric literal')
    if (this.#takes('.')) this.#digits('after decimal point in numeric literal')
    if (!this.#takes('e') && !this.#takes('E')) return
    if (!this.#takes('+')) this.#takes('-')
    this.#digits('in exponent of numeric literal')
  }

  #digits(context: string): void {
    if (!isDigit(this.#text[this.#at])) this.#fail(context)
    while (isDigit(this.#text[this.#at])) this.#at++
  }

  #literal(word: string): void {
    for (const letter of word) if (!this.#takes(letter)) this.#fail(`in literal ${word} (expecting '${letter}')`)
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '?')) this.#at++
  }

  #fail(context: string): never {
    // Within a word, Go takes the end of the text for a space.
    const character = this.#text[this.#at] ?? (/^in (?!string literal)|^after decimal/.test(context) ? ' ' : undefined)
    if (character === undefined) throw new Problem('unexpected end of JSON input')
    throw new Problem(`invalid character ${shown(character)} ${context}`)
  }
}

const isDigit = (character: string | undefined): boolean => character !== undefined && character >= '0' && character <= '9'

/** One byte in single quotes, as Go prints it. */
function shown(character: string): string {
  if (character === "'") return "'\\''"
  if (character === '"') return `'"'`
  const byte = String.fromCharCode(Buffer.from(character)[0]!)
  return `'${JSON.stringify(byte).slice(1, -1).replace('\\u00', '\\x')}'`
}
