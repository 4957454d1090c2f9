import type { Call } from './expression.ts'
import { opaque, optional, simple, type Type } from './type.ts'
import { Duration, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts'

/** One way to call a function: what it takes, what it gives, and how. */
export interface Overload {
  readonly name: string
  /** Whether it is called as `target.name(…)`; the target is the first of its arguments. */
  readonly isMember: boolean
  readonly takes: readonly Type[]
  readonly gives: Type
  /** Throws EvaluationError. */
  readonly call: (...args: never[]) => Value
  /** In upstream's units; default 1. */
  readonly cost?: Cost
}

/** Charged before the call, so that what is too much is not even begun. */
export type Cost = (args: readonly Value[]) => number

/** Functions, by their name. */
export type Functions = ReadonlyMap<string, readonly Overload[]>

/** A target's brackets hold no dot, and no function's name a bracket. */
const signature = /^(?:([^.]+)\.)?([^.(]+)\((.*)\): (.+)$/

/**
 * An overload by its signature: `string.startsWith(string): bool` is a member, `size(list(A)): int` is not; a letter stands
 * for any type, a slash for a dot in a name (`optional/of`).
 */
export function overload(text: string, call: Overload['call'], cost?: Cost): Overload {
  const [, target, name, args, result] = signature.exec(text)!
  const takes = [...(target ? [target] : []), ...split(args!)].map(readType)
  return {
    name: name!.replace(/(?<=[a-z])\//, '.'),
    isMember: target !== undefined,
    takes,
    gives: readType(result!),
    call,
    ...(cost && { cost }),
  }
}

/** The parts between commas that stand in no brackets. */
function split(text: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')') depth--
    if (at < text.length && (text[at] !== ',' || depth > 0)) continue
    const part = text.slice(from, at).trim()
    if (part) found.push(part)
    from = at + 1
  }
  return found
}

function readType(text: string): Type {
  const [, outer, inner] = /^(list|map|optional|type)\((.*)\)$/.exec(text) ?? []
  if (outer === 'map') {
    const [key, of] = split(inner!).map(readType)
    return { kind: 'map', key: key!, of: of! }
  }
  if (outer === 'optional') return optional(readType(inner!))
  if (outer) return { kind: outer as 'list' | 'type', of: readType(inner!) }
  if (/^[A-Z]$/.test(text)) return { kind: 'param', name: text }
  return Object.hasOwn(simple, text) ? simple[text]! : opaque(text.replaceAll('/', '.'))
}

/** Overloads by their functions' names. */
export function functionsOf(overloads: readonly Overload[]): Functions {
  return Map.groupBy(overloads, ({ name }) => name)
}

/** What a call calls: `sets.contains(…)` is a function, unless there is a variable `sets` that would have such a member. */
export function calleeOf(
  { name, target }: Call,
  variables: ReadonlyMap<string, unknown>,
  functions: Functions,
): { readonly name: string; readonly isMember: boolean } {
  if (!target) return { name, isMember: false }
  const qualified = target.kind === 'name' && !variables.has(target.name) ? `${target.name}.${name}` : ''
  return functions.has(qualified) ? { name: qualified, isMember: false } : { name, isMember: true }
}

/** Whether a value is of a type, as far as a look at it tells: of a list's items only the first. */
export function isOf(type: Type, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'any':
    case 'param':
      return true
    case 'null_type':
      return value === null
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'bigint'
    case 'uint':
      return value instanceof Uint
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return value instanceof Uint8Array
    case 'timestamp':
      return value instanceof Timestamp
    case 'duration':
      return value instanceof Duration
    case 'list':
      return Array.isArray(value) && (value.length === 0 || isOf(type.of, value[0]))
    case 'optional':
      return value instanceof Optional
    case 'type':
      return value instanceof TypeValue
    case 'map':
    case 'object':
      return value instanceof MapValue
    case 'opaque':
      return value instanceof Opaque && value.type === type.name
  }
}
