/** A value of the Common Expression Language. An int is a bigint, a double a number. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | MapValue
  | Uint
  | Timestamp
  | Duration
  | Optional
  | TypeValue
  | Opaque

/** Why an expression has no value. */
export class EvaluationError extends Error {}

export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** A moment, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A value that may be missing. */
export class Optional {
  readonly value: Value | undefined
  constructor(value?: Value) {
    this.value = value
  }
}

/** A type as a value: `type(1) == int`. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A value of a type that a library of functions brings along: a quantity, say. */
export abstract class Opaque {
  abstract readonly type: string
  abstract equals(other: Opaque): boolean
}

/** A map, or an object by its fields. */
export abstract class MapValue {
  abstract readonly size: number
  abstract get(key: Value): Value | undefined
  abstract keys(): Iterable<Value>
}

/** A map that an expression makes. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<string, readonly [Value, Value]>()

  /** For whoever makes the map. Throws EvaluationError for a key that it has already, or that is none. */
  insert(key: Value, value: Value): void {
    const id = keyId(key)
    if (id === undefined) throw new EvaluationError('unsupported key type')
    if (this.#entries.has(id)) throw new EvaluationError(`insert failed: key ${String(key)} already exists`)
    this.#entries.set(id, [key, value])
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    const id = keyId(key)
    return id === undefined ? undefined : this.#entries.get(id)?.[1]
  }

  keys(): Iterable<Value> {
    return this.#entries.values().map(([key]) => key)
  }
}

/** Numbers that are equal are the same key. */
function keyId(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'boolean' || typeof key === 'bigint') return String(key)
  if (key instanceof Uint) return String(key.value)
  return typeof key === 'number' && Number.isInteger(key) ? String(BigInt(key)) : undefined
}
