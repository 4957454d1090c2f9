/** One thing that a field must be, or must not be. */
export interface FieldTerm {
  readonly field: string
  readonly equal: boolean
  readonly value: string
}

/** A condition on fields: all its terms. None at all is everything. */
export interface FieldSelector {
  readonly terms: readonly FieldTerm[]
  /** `get` gives the text of a field; of one that is not set, the empty text. */
  matches(get: (field: string) => string): boolean
  /** The selector as `?fieldSelector=` takes it. */
  toString(): string
}

/** A selector of these terms. */
export const fieldSelectorFrom = (terms: readonly FieldTerm[]): FieldSelector => ({
  terms,
  matches(get) {
    for (const { field, equal, value } of terms) if ((get(field) === value) !== equal) return false
    return true
  },
  toString: () => terms.map(({ field, equal, value }) => `${field}${equal ? '=' : '!='}${escaped(value)}`).join(','),
})

/** Reads `a=b,c!=d`; in values `\,`, `\=` and `\\` stand for themselves. The empty text selects everything. Throws. */
export function parseFieldSelector(text: string): FieldSelector {
  const parts = (text.match(/(?:\\[\s\S]|[^,\\])+\\?|\\$/g) ?? []).sort()
  const terms = parts.map(part => termOf(part, text))
  return fieldSelectorFrom(terms.filter(({ field, value }) => field !== '' || value !== ''))
}

function termOf(part: string, text: string): FieldTerm {
  const [, field, sign, value] = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)([\s\S]*)$/.exec(part) ?? []
  if (field === undefined || value === undefined) throw new Error(`invalid selector: '${text}'; can't understand '${part}'`)
  return { field, equal: sign !== '!=', value: unescaped(value) }
}

/** The one value that a field must have if the selector is to match; undefined if it may have several. */
export const requires = ({ terms }: FieldSelector, field: string): string | undefined =>
  terms.find(term => term.equal && term.field === field)?.value

const escaped = (value: string): string => value.replace(/[\\,=]/g, '\\$&')

const unescaped = (value: string): string =>
  value.replace(/\\([\s\S]?)|[,=]/gu, (found, character?: string) => {
    if (character === undefined) throw new Error(`invalid field selector: unescaped character in value: ${found.codePointAt(0)}`)
    if (character === '' || !'\\,='.includes(character))
      throw new Error(`invalid field selector: invalid escape sequence: ${found}`)
    return character
  })
