import fc, { type Arbitrary } from 'fast-check'
import { exactly } from '#machinery/exact.ts'
import type { FieldFact } from './facts.ts'
import type { Facts } from './schemas.ts'

/** Numbers that JSON and protobuf both carry, those beyond 2^53 included. */
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(value => exactly(String(value)))
const string = fc.string({ unit: 'grapheme', maxLength: 12 })
const instant = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 19))
/** What Go's JSON has no other spelling for. */
const json = fc.jsonValue({ maxDepth: 2 }).map(value => JSON.parse(JSON.stringify(value)) as unknown)
const object = fc.dictionary(string, json, { maxKeys: 3 }).map(value => JSON.parse(JSON.stringify(value)) as object)

const scalars: Readonly<Record<string, Arbitrary<unknown>>> = {
  string,
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64,
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  bytes: fc.uint8Array({ maxLength: 8 }).map(bytes => Buffer.from(bytes).toString('base64')),
  time: instant.map(text => `${text}Z`),
  microTime: fc.tuple(instant, fc.nat(999_999)).map(([text, micros]) => `${text}.${String(micros).padStart(6, '0')}Z`),
  quantity: fc.constantFrom('0', '1', '100m', '1Gi', '1500m', '3e6'),
  intOrString: fc.oneof(fc.integer(), string),
  rawExtension: object,
  fields: object,
  any: json.filter(value => value !== null),
}

/**
 * Objects of a type as JSON may say them, every field of the facts in some: nothing that looks the same as nothing (an empty list, or the
 * zero of a field that leaves it out). Structs go `depth` deep, so that types may contain themselves.
 */
export function objectsOf(facts: Facts, type: string, depth = 2): Arbitrary<Record<string, unknown>> {
  const known = new Map<string, Arbitrary<Record<string, unknown>>>()

  const struct = (name: string, left: number): Arbitrary<Record<string, unknown>> => {
    const key = `${name} ${left}`
    const before = known.get(key)
    if (before) return before
    const made = fc.record(Object.fromEntries(members(name, left)), { requiredKeys: [], noNullPrototype: true })
    known.set(key, made as Arbitrary<Record<string, unknown>>)
    return made as Arbitrary<Record<string, unknown>>
  }

  function* members(name: string, left: number): Generator<[string, Arbitrary<unknown>]> {
    for (const field of facts.type(name)?.fields ?? []) {
      if (field.number === undefined) continue
      if (field.inline) yield* members(field.inline, left)
      else {
        const value = holds(field.type!, left)
        if (value)
          yield [field.name!, leavesOut(field) ? value.filter(said => said !== '' && said !== 0 && said !== false) : value]
      }
    }
  }

  /** Whether Go writes nothing for the field's zero. */
  const leavesOut = ({ omitEmpty, pointer }: FieldFact): boolean => !!omitEmpty && !pointer

  const holds = (text: string, left: number): Arbitrary<unknown> | undefined => {
    if (text.startsWith('[]')) {
      const item = holds(text.slice(2), left)
      return item && fc.array(item, { minLength: 1, maxLength: 3 })
    }
    if (text.startsWith('{}')) {
      const item = holds(text.slice(2), left)
      return item && fc.dictionary(string, item, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
    }
    if (scalars[text]) return scalars[text]
    const fact = facts.type(text)
    if (fact?.is !== undefined) return holds(fact.is, left)
    return left > 0 ? struct(text, left - 1) : undefined
  }

  return struct(type, depth)
}
