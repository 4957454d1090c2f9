import { isRecord, put } from './clone.ts'
import { goTypeOf, structOf, valueName } from './go-types.ts'
import { type Read, readerOf } from './scalars.ts'
import type { Schema } from './schema.ts'

/** How a value fits a schema. */
export interface Conformity {
  /** One sentence for each field the schema does not have: `unknown field "spec.foo"`. At most 100. */
  readonly unknown: readonly string[]
  /** What makes the value unfit, as Go's decoder says it: `json: cannot unmarshal string into Go struct field …`. */
  readonly error?: string
}

const maxUnknown = 100

/**
 * Makes a decoded value what it is after a trip through a Go struct of that schema, in place and in one pass: unknown fields
 * go, nulls go (in lists and maps they become the zero value), quantities and times take their canonical form.
 */
export function conform(value: unknown, schema: Schema): Conformity {
  const walk = new Walk(true)
  walk.visit(value, schema)
  return walk.result
}

/** Drops unknown fields, in place, and nothing else: what custom resources need, whose types are judged by validation. */
export function prune(value: unknown, schema: Schema): readonly string[] {
  const walk = new Walk(false)
  walk.visit(value, schema)
  return walk.result.unknown
}

/** The sentence for bodies that are refused for such things: `strict decoding error: unknown field "a", unknown field "b"`. */
export const strictError = (problems: readonly string[]): string => `strict decoding error: ${problems.join(', ')}`

class Walk {
  readonly #typed: boolean
  readonly #unknown: string[] = []
  #error: string | undefined
  /** The way from the root to here: names of fields, keys of maps (in a box), positions in lists. */
  readonly #path: (string | number | readonly [string])[] = []
  /** The structs around, by whose names messages say where we are. */
  readonly #structs: Schema[] = []

  constructor(typed: boolean) {
    this.#typed = typed
  }

  get result(): Conformity {
    return { unknown: this.#unknown, ...(this.#error !== undefined && { error: this.#error }) }
  }

  /** Gives what the value becomes. */
  visit(value: unknown, schema: Schema): unknown {
    const read = this.#typed ? readerOf(schema) : undefined
    if (read) return this.#read(value, schema, read)
    if (schema.properties || schema.additionalProperties || schema.type === 'object') return this.#object(value, schema)
    if (schema.items || schema.type === 'array') return this.#list(value, schema)
    return value
  }

  #read(value: unknown, schema: Schema, read: Read): unknown {
    const result = read(value)
    if ('value' in result) return result.value
    if ('error' in result) this.#error ??= result.error
    else this.#misfit(result.mismatch, schema, result.as)
    return value
  }

  #object(value: unknown, schema: Schema): unknown {
    if (!isRecord(value)) {
      if (this.#typed && !schema.preserveUnknown) this.#misfit(valueName(value), schema)
      return value
    }
    if (schema.properties) this.#structs.push(schema)
    for (const key in value) this.#member(value, key, schema)
    if (schema.properties) this.#structs.pop()
    return value
  }

  #member(record: Record<string, unknown>, key: string, schema: Schema): void {
    const property = schema.properties?.[key]
    const member = record[key]
    if (property) {
      this.#path.push(key)
      if (member !== null) this.#put(record, key, member, this.visit(member, property))
      else if (this.#typed) delete record[key]
    } else if (schema.additionalProperties) {
      this.#path.push([key])
      this.#put(record, key, member, this.visit(this.#zeroed(member, schema.additionalProperties), schema.additionalProperties))
    } else if (!schema.preserveUnknown && (schema.properties || !this.#typed)) {
      this.#path.push(key)
      if (this.#unknown.length < maxUnknown) this.#unknown.push(`unknown field ${JSON.stringify(this.#place())}`)
      delete record[key]
    } else return
    this.#path.pop()
  }

  #put(record: Record<string, unknown>, key: string, before: unknown, after: unknown): void {
    if (after !== before) put(record, key, after)
  }

  #list(value: unknown, schema: Schema): unknown {
    if (!Array.isArray(value)) {
      if (this.#typed) this.#misfit(valueName(value), schema)
      return value
    }
    if (!schema.items) return value
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i)
      value[i] = this.visit(this.#zeroed(value[i], schema.items), schema.items)
      this.#path.pop()
    }
    return value
  }

  /** Where a null cannot be left out, Go has the type's zero value. */
  #zeroed(value: unknown, schema: Schema): unknown {
    if (value !== null || !this.#typed) return value
    switch (schema.type) {
      case 'string':
        return schema.format === 'date-time' ? null : ''
      case 'boolean':
        return false
      case 'integer':
      case 'number':
        return 0
      case 'object':
        return {}
      case 'array':
        return []
      default:
        return null
    }
  }

  #misfit(found: string, schema: Schema, type = goTypeOf(schema)): void {
    const struct = this.#structs.at(-1)
    const fields = this.#path.filter(step => typeof step === 'string').join('.')
    const where = struct === undefined ? 'value' : `struct field ${structOf(struct)}.${fields}`
    this.#error ??= `json: cannot unmarshal ${found} into Go ${where} of type ${type}`
  }

  #place(): string {
    let text = ''
    for (const step of this.#path) text += typeof step === 'number' ? `[${step}]` : text === '' ? String(step) : `.${step}`
    return text
  }
}
