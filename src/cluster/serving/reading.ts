/** A map of a file on the way to being understood: what is wrong is noted with its path, and reading goes on. */
export class Reading {
  readonly value: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #wrong: string[]

  constructor(value: unknown, path: string, wrong: string[]) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isMap) wrong.push(`${path || 'the file'}: must be a map`)
    this.value = isMap ? (value as Record<string, unknown>) : {}
    this.#path = path
    this.#wrong = wrong
  }

  /** Notes what is wrong with a field, or with the whole map. */
  refuse(field: string, why: string): void {
    this.#wrong.push(`${this.#of(field)}: ${why}`)
  }

  /** Refuses every other field. */
  only(...fields: readonly string[]): this {
    for (const field of Object.keys(this.value)) if (!fields.includes(field)) this.refuse(field, 'unknown field')
    return this
  }

  /** The map in a field; an empty one where there is none. */
  at(field: string): Reading {
    return new Reading(this.value[field] ?? {}, this.#of(field), this.#wrong)
  }

  /** The maps in a field's list. */
  list(field: string): Reading[] {
    return this.#items(field).map((item, at) => new Reading(item, `${this.#of(field)}[${at}]`, this.#wrong))
  }

  /** The text in a field; an empty one where there is none. */
  text(field: string, isRequired = false): string {
    const value = this.value[field] ?? ''
    if (typeof value !== 'string') this.refuse(field, 'must be a string')
    else if (isRequired && !value) this.refuse(field, 'Required value')
    return typeof value === 'string' ? value : ''
  }

  /** The texts in a field's list. */
  texts(field: string): string[] {
    return this.#items(field).filter(item => {
      if (typeof item !== 'string') this.refuse(field, 'must be strings')
      return typeof item === 'string'
    })
  }

  /** Whether a field is true; left out, it is not. */
  flag(field: string): boolean {
    const value = this.value[field] ?? false
    if (typeof value !== 'boolean') this.refuse(field, 'must be true or false')
    return value === true
  }

  #items(field: string): unknown[] {
    const value = this.value[field] ?? []
    if (!Array.isArray(value)) this.refuse(field, 'must be a list')
    return Array.isArray(value) ? value : []
  }

  #of(field: string): string {
    return [this.#path, field].filter(Boolean).join('.')
  }
}
