import type { CustomResourceValidation, JSONSchemaProps, ValidationRule } from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { validateListType, validateMapType } from './list-types.ts'
import { asSchema, children } from './schemas.ts'
import { validateStructure } from './structure.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

/** What stands in a root schema beside `status`, whose schema is taken out of it. */
const besideStatus: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
}

/**
 * Checks the schema of a kind. Whether its rules compile, and whether defaults fit their schema, is not judged here: that takes
 * what judges custom resources.
 */
export function* validateSchema(
  validation: CustomResourceValidation | undefined,
  hasStatus: boolean,
  path: string,
): Generator<Cause> {
  const schema = validation?.openAPIV3Schema
  if (!schema) return
  const at = `${path}.openAPIV3Schema`
  if (hasStatus) yield* validateRoot(schema, at)
  if (schema.nullable) yield forbidden(`${at}.nullable`, 'nullable cannot be true at the root')
  yield* validateStructure(schema, at)
  yield* validateProperties(schema, at, { root: true, inMeta: false })
}

function* validateRoot(schema: JSONSchemaProps, path: string): Generator<Cause> {
  for (const [field, value] of Object.entries(schema)) {
    if (value === undefined || value === false || value === '') continue
    if (field === 'type' && value !== 'object') {
      yield invalidValue(
        `${path}.type`,
        value,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      )
      return
    }
    if (Object.hasOwn(besideStatus, field)) continue
    const allowed = Object.values(besideStatus).join(' ')
    yield invalidValue(
      path,
      schema,
      `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`,
    )
    return
  }
}

/** Where in a schema one is: at its root; in the metadata of the object, or of one embedded in it; where there may be no defaults, and why. */
interface Place {
  readonly root: boolean
  readonly inMeta: boolean
  readonly noDefaults?: string
}

function* validateProperties(schema: JSONSchemaProps, path: string, place: Place): Generator<Cause> {
  yield* validateSupported(schema, path, place)
  if (schema.uniqueItems)
    yield forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic')
  const more = schema.additionalProperties
  if (more !== undefined && more !== true && Object.keys(schema.properties ?? {}).length > 0)
    yield forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  for (const [step, child] of children(schema)) yield* validateProperties(child, `${path}.${step}`, below(schema, step, place))
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    yield invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')
  yield* validateMapType(schema, path)
  yield* validateListType(schema, path)
  yield* each(schema['x-kubernetes-validations'], `${path}.x-kubernetes-validations`, validateRule)
}

function below(schema: JSONSchemaProps, step: string, { root, inMeta, ...rest }: Place): Place {
  if (step === 'additionalProperties' && inMeta)
    return { root: false, inMeta, noDefaults: 'inside additionalProperties applying to object metadata' }
  const property = /^properties\[(metadata|kind|apiVersion)\]$/.exec(step)?.[1]
  if (!property || !(root || schema['x-kubernetes-embedded-resource'])) return { root: false, inMeta, ...rest }
  return { root: false, inMeta: true, ...rest, ...(root && { noDefaults: `in top-level ${property}` }) }
}

/** What a schema could say elsewhere, but not here. */
function* validateSupported(schema: JSONSchemaProps, path: string, { inMeta, noDefaults }: Place): Generator<Cause> {
  const { type } = schema
  if (type && !types.includes(type)) yield notSupported(`${path}.type`, type, types)
  if (schema.default !== undefined && noDefaults) yield forbidden(`${path}.default`, `must not be set ${noDefaults}`)
  const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const
  for (const field of unsupported)
    if (schema[field] !== undefined) yield forbidden(`${path}.${field}`, `${field} is not supported`)
  if (type === 'null') yield forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')
  if (schema.items !== undefined && !asSchema(schema.items))
    yield forbidden(`${path}.items`, 'items must be a schema object and not an array')
  if (inMeta && schema['x-kubernetes-embedded-resource'])
    yield forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta')
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const lines = /[\n\r]/

function* validateRule(
  { rule = '', message = '', messageExpression = '', reason, fieldPath = '' }: ValidationRule,
  path: string,
): Generator<Cause> {
  if (!rule.trim()) yield required(`${path}.rule`, 'rule is not specified')
  else if (message && !message.trim()) yield invalidValue(`${path}.message`, message, 'must be non-empty if specified')
  else if (lines.test(message.trim())) yield invalidValue(`${path}.message`, message, 'must not contain line breaks')
  else if (lines.test(rule.trim()) && !message.trim())
    yield required(`${path}.message`, 'message must be specified if rule contains line breaks')
  if (messageExpression && !messageExpression.trim())
    yield required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified')
  yield* oneOfIfSet(reason, `${path}.reason`, reasons)
  if (fieldPath && !fieldPath.trim()) yield invalidValue(`${path}.fieldPath`, fieldPath, 'must be non-empty if specified')
  if (lines.test(fieldPath)) yield invalidValue(`${path}.fieldPath`, fieldPath, 'must not contain line breaks')
}
