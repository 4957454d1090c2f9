/** A type of the Common Expression Language. `any` and `dyn` are known only when they are met; a `param` is whatever it is found to be. */
export type Type =
  | { readonly kind: Simple }
  | { readonly kind: 'list' | 'optional' | 'type'; readonly of: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly of: Type }
  | { readonly kind: 'object'; readonly name: string; readonly fields: Readonly<Record<string, Type>> }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'param'; readonly name: string }

type Simple = 'dyn' | 'any' | 'null_type' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration'

export const dyn: Type = { kind: 'dyn' }
export const any: Type = { kind: 'any' }
export const nullType: Type = { kind: 'null_type' }
export const bool: Type = { kind: 'bool' }
export const double: Type = { kind: 'double' }
export const bytes: Type = { kind: 'bytes' }
export const int: Type = { kind: 'int' }
export const string: Type = { kind: 'string' }
export const timestamp: Type = { kind: 'timestamp' }
export const list = (of: Type): Type => ({ kind: 'list', of })
export const map = (key: Type, of: Type): Type => ({ kind: 'map', key, of })
export const optional = (of: Type): Type => ({ kind: 'optional', of })
export const opaque = (name: string): Type => ({ kind: 'opaque', name })
export const object = (name: string, fields: Readonly<Record<string, Type>>): Type => ({ kind: 'object', name, fields })

/** The types that have a name of one word. */
export const simple: Readonly<Record<string, Type>> = Object.fromEntries(
  ['dyn', 'any', 'null_type', 'bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'].map(kind => [
    kind,
    { kind: kind as Simple },
  ]),
)

/** A type as messages show it: `map(string, list(int))`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.of)})`
    case 'optional':
      return `optional_type(${typeText(type.of)})`
    case 'type':
      return `type(${typeText(type.of)})`
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.of)})`
    case 'object':
    case 'opaque':
    case 'param':
      return type.name
    default:
      return type.kind
  }
}

/** Fields that all are strings. */
export const texts = (...names: readonly string[]): Record<string, Type> => Object.fromEntries(names.map(name => [name, string]))
