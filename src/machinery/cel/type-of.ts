import { Duration, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts'

/** The name of a value's type, as far as it can be seen: `type(1)` is `int`. */
export function typeOf(value: Value): string {
  if (value === null) return 'null_type'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof MapValue) return 'map'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof TypeValue) return 'type'
  return value instanceof Opaque ? value.type : 'list'
}

/** The types that an expression can name by a word. */
export const typeNames: ReadonlySet<string> = new Set(
  'bool int uint double string bytes list map null_type type optional_type'.split(' '),
)
