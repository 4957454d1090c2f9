import type { JSONSchemaProps } from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { validateJunctors } from './junctors.ts'
import { asSchema, subschemas } from './schemas.ts'

type Level = 'root' | 'item' | 'field'

const unsupported = ['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const
const nameless: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

/**
 * Checks that a schema is structural: that its fields and their types can be read off it without looking into allOf, anyOf, oneOf
 * and not (upstream: apiserver/schema/validation.go, complete.go). One that says what is not supported at all is not looked at.
 */
export function validateStructure(schema: JSONSchemaProps, path: string): readonly Cause[] {
  for (const each of subschemas(schema))
    if (unsupported.some(field => each[field] !== undefined) || Array.isArray(each.items)) return []
  const causes = [...validateNode(schema, 'root', path), ...validateJunctors(schema, path)]
  const text = ({ field, message }: Cause): string => `${field}: ${message}`
  return causes.sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

function* validateNode(schema: JSONSchemaProps, level: Level, path: string): Generator<Cause> {
  const { type = '', properties = {} } = schema
  const items = asSchema(schema.items)
  const more = asSchema(schema.additionalProperties)
  if (type === 'array' && !items) yield required(`${path}.items`, 'must be specified')
  if (items) yield* validateNode(items, 'item', `${path}.items`)
  for (const [name, property] of Object.entries(properties)) yield* validateNode(property, 'field', `${path}.properties[${name}]`)
  if (schema.additionalProperties !== undefined && level === 'root')
    yield forbidden(`${path}.additionalProperties`, 'must not be used at the root')
  if (more) yield* validateNode(more, 'field', `${path}.additionalProperties`)
  yield* validateExtensions(schema, path)
  yield* validateType(schema, level, path)
  const embedded = schema['x-kubernetes-embedded-resource'] ?? false
  if (level === 'root' || embedded)
    for (const name of ['kind', 'apiVersion'] as const) {
      const own = Object.hasOwn(properties, name) && properties[name]
      if (own && own.type !== 'string') yield invalidValue(`${path}.properties[${name}].type`, own.type ?? '', 'must be string')
    }
  if (Object.hasOwn(properties, 'metadata'))
    yield* validateMetadata(properties.metadata!, level === 'root' || embedded, level, `${path}.properties[metadata]`)
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0)
    yield required(
      `${path}.properties`,
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    )
}

function* validateType(schema: JSONSchemaProps, level: Level, path: string): Generator<Cause> {
  const { type = '' } = schema
  const embedded = schema['x-kubernetes-embedded-resource']
  if (embedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true'
    yield type === '' ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail)
  } else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields'])
    yield required(`${path}.type`, nameless[level])
  if (embedded && schema.additionalProperties !== undefined)
    yield forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set')
  if (level === 'root' && type && type !== 'object') yield invalidValue(`${path}.type`, type, 'must be object at the root')
}

function* validateExtensions(schema: JSONSchemaProps, path: string): Generator<Cause> {
  if (!schema['x-kubernetes-int-or-string']) return
  for (const other of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (schema[other]) yield invalidValue(`${path}.${other}`, true, 'must be false if x-kubernetes-int-or-string is true')
}

/** Metadata is Kubernetes' own; a definition may only narrow names. */
function* validateMetadata(schema: JSONSchemaProps, checked: boolean, level: Level, path: string): Generator<Cause> {
  if (checked && schema.type !== 'object') yield invalidValue(`${path}.type`, schema.type ?? '', 'must be object')
  if (level !== 'root') return
  const { type: _, default: __, properties = {}, ...rest } = schema
  const onlyNames = Object.keys(properties).every(name => name === 'name' || name === 'generateName')
  if (!onlyNames || !equal(rest, {}))
    yield forbidden(path, 'must not specify anything other than name and generateName, but metadata is implicitly specified')
}
