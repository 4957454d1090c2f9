import { unescaped } from './escape.ts'
import { dyn, type Type } from './type.ts'
import { MapValue, Uint, type Value } from './value.ts'

/**
 * How JSON is read where no type says it: whole numbers are ints in Kubernetes' objects; in a token's claims every number is a double,
 * and a name can be written escaped (`a__dot__b`).
 */
export type Style = 'object' | 'claims'

/** A value of JSON, as one of a type. */
export function jsonValue(json: unknown, type: Type = dyn, style: Style = 'object'): Value {
  if (typeof json === 'number') return numberOf(json, type, style)
  if (typeof json === 'bigint' || typeof json === 'string' || typeof json === 'boolean') return json
  if (Array.isArray(json)) {
    const of = type.kind === 'list' ? type.of : dyn
    return json.map(item => jsonValue(item, of, style))
  }
  return typeof json === 'object' && json ? new JsonMap(json as Record<string, unknown>, type, style) : null
}

function numberOf(json: number, { kind }: Type, style: Style): Value {
  if (kind === 'uint') return new Uint(BigInt(Math.trunc(json)))
  const isInt = kind === 'int' || (kind !== 'double' && style === 'object' && Number.isSafeInteger(json))
  return isInt ? BigInt(Math.trunc(json)) : json
}

/** A JSON object, whose members become values when they are asked for. */
class JsonMap extends MapValue {
  readonly #json: Readonly<Record<string, unknown>>
  readonly #type: Type
  readonly #style: Style
  readonly #known = new Map<string, Value>()
  #keys: readonly string[] | undefined

  constructor(json: Readonly<Record<string, unknown>>, type: Type, style: Style) {
    super()
    this.#json = json
    this.#type = type
    this.#style = style
  }

  get size(): number {
    return this.keys().length
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const name = this.#style === 'claims' ? unescaped(key) : key
    if (!Object.hasOwn(this.#json, name) || this.#json[name] === undefined) return undefined
    let found = this.#known.get(name)
    if (found === undefined) this.#known.set(name, (found = jsonValue(this.#json[name], this.#typeOf(name), this.#style)))
    return found
  }

  keys(): readonly string[] {
    this.#keys ??= Object.keys(this.#json).filter(key => this.#json[key] !== undefined)
    return this.#keys
  }

  #typeOf(key: string): Type {
    if (this.#type.kind === 'object') return this.#type.fields[key] ?? dyn
    return this.#type.kind === 'map' ? this.#type.of : dyn
  }
}
