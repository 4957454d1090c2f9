import type { JSONSchemaProps } from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { asSchema } from './schemas.ts'

/** How a value that may be a number or a text says so. */
const intOrString: readonly JSONSchemaProps[] = [{ type: 'integer' }, { type: 'string' }]

/** Checks what allOf, anyOf, oneOf and not say, everywhere in a schema: they narrow values, and name no field that is not there. */
export function* validateJunctors(schema: JSONSchemaProps, path: string): Generator<Cause> {
  yield* validateNested(schema, schema, path, path, isIntOrString(schema))
  if (schema.pattern) yield* validatePattern(schema.pattern, path)
  const items = asSchema(schema.items)
  if (items) yield* validateJunctors(items, `${path}.items`)
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* validateJunctors(property, `${path}.properties[${name}]`)
  const more = asSchema(schema.additionalProperties)
  if (more) yield* validateJunctors(more, `${path}.additionalProperties`)
}

type Skipped = 'anyOf' | 'allOf[0].anyOf' | undefined

function isIntOrString({ anyOf, allOf }: JSONSchemaProps): Skipped {
  if (equal(anyOf, intOrString)) return 'anyOf'
  return equal(allOf?.[0]?.anyOf, intOrString) ? 'allOf[0].anyOf' : undefined
}

/** Looks at the junctors of a schema, or of one that narrows it; `structure` is what has the fields, at `home`. */
function* validateNested(
  schema: JSONSchemaProps,
  structure: JSONSchemaProps,
  home: string,
  path: string,
  skipped?: Skipped,
): Generator<Cause> {
  for (const [index, each] of (schema.anyOf ?? []).entries())
    if (skipped !== 'anyOf') yield* validateNarrowing(each, structure, home, `${path}.anyOf[${index}]`)
  for (const [index, each] of (schema.allOf ?? []).entries())
    yield* validateNarrowing(
      each,
      structure,
      home,
      `${path}.allOf[${index}]`,
      skipped === 'allOf[0].anyOf' && index === 0 ? 'anyOf' : undefined,
    )
  for (const [index, each] of (schema.oneOf ?? []).entries())
    yield* validateNarrowing(each, structure, home, `${path}.oneOf[${index}]`)
  if (schema.not) yield* validateNarrowing(schema.not, structure, home, `${path}.not`)
}

const mustBe: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
]

function* validateNarrowing(
  schema: JSONSchemaProps,
  structure: JSONSchemaProps | undefined,
  home: string,
  path: string,
  skipped?: Skipped,
): Generator<Cause> {
  if (!structure) {
    yield required(home, `because it is defined in ${path}`)
    return
  }
  yield* validateNested(schema, structure, home, path, skipped)
  if (schema.pattern) yield* validatePattern(schema.pattern, path)
  const items = asSchema(schema.items)
  if (items) yield* validateNarrowing(items, asSchema(structure.items), `${home}.items`, `${path}.items`)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const step = `properties[${name}]`
    const own = Object.hasOwn(structure.properties ?? {}, name) ? structure.properties![name] : undefined
    yield* validateNarrowing(property, own, `${home}.${step}`, `${path}.${step}`)
  }
  for (const [field, what] of mustBe) {
    const value = schema[field]
    const said = Array.isArray(value) ? value.length > 0 : what === 'undefined' ? value !== undefined : Boolean(value)
    if (said) yield forbidden(`${path}.${field}`, `must be ${what} to be structural`)
  }
  if (Object.hasOwn(schema.properties ?? {}, 'metadata'))
    yield forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context')
}

function* validatePattern(pattern: string, path: string): Generator<Cause> {
  try {
    new RegExp(pattern, 'u')
  } catch {
    try {
      // Go's syntax knows what JavaScript's strict one does not: only what neither reads is refused.
      new RegExp(pattern.replace(/\(\?[imsU-]+[:)]|\(\?P</g, '(').replace(/\\[AzQEpPC]/g, ''))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      yield invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`)
    }
  }
}
