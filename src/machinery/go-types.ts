import { isExact } from './exact.ts'
import type { Schema } from './schema.ts'

/** The kind of a JSON value as Go's decoder names it. */
export function valueName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return isExact(value) ? 'number' : typeof value
}

/** The Go type of a field as error messages name it: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(schema: Schema): string {
  if (schema.goType) return schema.goType.replace(/^\*/, '')
  switch (schema.type) {
    case 'integer':
      return schema.format ?? 'int64'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'string':
      return schema.format === 'byte' ? '[]uint8' : 'string'
    case 'array':
      return `[]${schema.items ? goTypeOf(schema.items) : 'interface {}'}`
    default:
      return schema.additionalProperties ? `map[string]${goTypeOf(schema.additionalProperties)}` : 'interface {}'
  }
}

/** The bare name of a struct: `DeploymentSpec`. */
export const structOf = (schema: Schema): string => schema.goType?.replace(/^.*[.*]/, '') ?? ''
