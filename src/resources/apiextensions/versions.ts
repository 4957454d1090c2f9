import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidValue, required, tooMany } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'
import { asSchema } from './schemas.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']
const mostSelectable = 8

/** Checks what users of a version are warned of. */
export function* validateDeprecation(
  { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion,
  path: string,
): Generator<Cause> {
  const at = `${path}.deprecationWarning`
  if (text === undefined) return
  if (!deprecated) yield invalidValue(at, text, 'can only be set for deprecated versions')
  if (!deprecated) return
  if (Buffer.byteLength(text) > 256) yield invalidValue(at, text, 'must be <= 256 characters long')
  if (text === '') yield invalidValue(at, text, 'must not be an empty string')
  const bad = /[^\P{C}\p{Cn}]|[^\S ]/u.exec(text)
  if (bad)
    yield invalidValue(
      at,
      text,
      `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(text.slice(0, bad.index))}`,
    )
}

/** Checks where status and scale of an object are. */
export function* validateSubresources(subresources: CustomResourceSubresources | undefined, path: string): Generator<Cause> {
  const { scale } = subresources ?? {}
  if (!scale) return
  yield* validatePath(scale.specReplicasPath, `${path}.scale.specReplicasPath`, ['.spec.'], 'should be a json path under .spec')
  yield* validatePath(
    scale.statusReplicasPath,
    `${path}.scale.statusReplicasPath`,
    ['.status.'],
    'should be a json path under .status',
  )
  if (scale.labelSelectorPath) {
    const both = 'should be a json path under either .spec or .status'
    yield* validatePath(scale.labelSelectorPath, `${path}.scale.labelSelectorPath`, ['.spec.', '.status.'], both)
  }
}

function* validatePath(jsonPath: string | undefined, at: string, under: readonly string[], detail: string): Generator<Cause> {
  if (!jsonPath) yield required(at)
  else if (!jsonPath.startsWith('.')) yield invalidValue(at, jsonPath, 'must be a simple json path starting with .')
  else if (!under.some(start => jsonPath.startsWith(start))) yield invalidValue(at, jsonPath, detail)
}

/** Checks what `kubectl get` is to show. */
export const validateColumns = (columns: readonly CustomResourceColumnDefinition[] | undefined, path: string): Generator<Cause> =>
  each(columns, path, function* ({ name, type, format, jsonPath }, at) {
    if (!name) yield required(`${at}.name`)
    if (!type) yield required(`${at}.type`, `must be one of ${columnTypes.join(',')}`)
    else if (!columnTypes.includes(type)) yield invalidValue(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`)
    if (format && !columnFormats.includes(format))
      yield invalidValue(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`)
    if (!jsonPath) yield required(`${at}.JSONPath`)
    else if (!jsonPath.startsWith('.'))
      yield invalidValue(`${at}.JSONPath`, jsonPath, 'must be a simple json path starting with .')
  })

/** Checks by which fields objects can be selected. */
export function* validateSelectable(
  { selectableFields = [], schema }: CustomResourceDefinitionVersion,
  path: string,
): Generator<Cause> {
  const root = schema?.openAPIV3Schema
  if (selectableFields.length === 0) return
  if (!root) {
    yield invalidValue(path, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')
    return
  }
  const seen = new Set<string>()
  yield* each(selectableFields, path, function* ({ jsonPath }, index) {
    const at = `${index}.jsonPath`
    if (!jsonPath) {
      yield required(at)
      return
    }
    const found = lookUp(jsonPath, root)
    if (typeof found === 'string') {
      yield invalidValue(at, jsonPath, `is an invalid path: ${found}`)
      return
    }
    if (/^\.metadata(\.|$)/.test(jsonPath)) yield invalidValue(at, jsonPath, 'must not point to fields in metadata')
    if (!['string', 'boolean', 'integer'].includes(found.type ?? ''))
      yield invalidValue(
        at,
        jsonPath,
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      )
    if (seen.has(jsonPath)) yield duplicate(at, jsonPath)
    seen.add(jsonPath)
  })
  if (seen.size > mostSelectable) yield tooMany(path, seen.size, mostSelectable)
}

/** The schema of a field, or why there is none. */
function lookUp(jsonPath: string, root: JSONSchemaProps): JSONSchemaProps | string {
  if (/[[\]]/.test(jsonPath)) return 'array notation is not allowed'
  const [start, ...names] = jsonPath.split('.')
  if (start) return `expected [ or . but got: ${start}`
  let schema: JSONSchemaProps | undefined = root
  for (const name of names) {
    if (!name) return 'unexpected end of JSON path'
    schema = schema.properties
      ? Object.hasOwn(schema.properties, name)
        ? schema.properties[name]
        : undefined
      : asSchema(schema.additionalProperties)
    if (!schema) return 'does not refer to a valid field'
  }
  return schema
}
