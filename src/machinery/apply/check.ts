import { isRecord } from '#machinery/clone.ts'
import { isExact } from '#machinery/exact.ts'
import { printed } from '#machinery/patch/directives.ts'
import type { Schema } from '#machinery/schema.ts'
import { itemElement, shown, Unmergeable } from './element.ts'
import { isAssociative, isDeclared, memberSchema } from './form.ts'

/**
 * What makes a configuration unfit to be applied, in upstream's words (structured-merge-diff/typed/validate.go): fields that the
 * schema does not have, values of another type, items that occur twice. Undefined if nothing does.
 */
export function misfit(config: unknown, schema: Schema | undefined): string | undefined {
  const problems = [...check(config, schema, '')].map(({ path, problem }) => (path ? `${path}: ${problem}` : problem))
  if (problems.length < 2) return problems[0]
  return ['errors:', ...problems.map(problem => `  ${problem}`)].join('\n')
}

interface Problem {
  readonly path: string
  readonly problem: string
}

function* check(value: unknown, schema: Schema | undefined, path: string): Generator<Problem> {
  if (value === null || schema === undefined) return
  if (schema.type === 'array') yield* checkList(value, schema, path)
  else if (schema.type === 'object' || schema.properties) yield* checkMap(value, schema, path)
  else {
    const problem = misfitOfScalar(value, schema)
    if (problem) yield { path, problem }
  }
}

function* checkMap(value: unknown, schema: Schema, path: string): Generator<Problem> {
  if (!isRecord(value)) return yield { path, problem: `expected map, got ${goPointer(value)}` }
  const isOpen = schema.additionalProperties || schema.preserveUnknown || !schema.properties
  for (const name of Object.keys(value)) {
    const at = `${path}.${name}`
    // As upstream, one stranger is enough.
    if (!isOpen && !isDeclared(schema, name)) return yield { path: at, problem: 'field not declared in schema' }
    yield* check(value[name], memberSchema(schema, name), at)
  }
}

function* checkList(value: unknown, schema: Schema, path: string): Generator<Problem> {
  if (!Array.isArray(value)) return yield { path, problem: `expected list, got ${goPointer(value)}` }
  const seen = new Set<string>()
  for (const [index, item] of value.entries()) {
    const element = isAssociative(schema) ? elementOf(item, schema) : `i:${index}`
    if (element instanceof Unmergeable) return yield { path, problem: `element ${index}: ${element.message}` }
    if (seen.has(element)) yield { path, problem: `duplicate entries for key ${shown(element)}` }
    seen.add(element)
    yield* check(item, schema.items, path + shown(element))
  }
}

function elementOf(item: unknown, schema: Schema): string | Unmergeable {
  try {
    return itemElement(item, schema)
  } catch (error) {
    if (error instanceof Unmergeable) return error
    throw error
  }
}

function misfitOfScalar(value: unknown, { type, format, preserveUnknown, intOrString }: Schema): string | undefined {
  if (preserveUnknown && type === undefined && !intOrString) return undefined
  const is = isExact(value) ? 'number' : typeof value
  if (type === 'integer' || type === 'number')
    return is === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`
  if (type === 'boolean') return is === 'boolean' ? undefined : `expected boolean, got ${goPointer(value)}`
  if (type === 'string' && (!format || format === 'byte'))
    return is === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`
  return is === 'object' ? `expected any scalar, got ${goPointer(value)}` : undefined
}

/** A value as Go's `%T` names its type. */
const goType = (value: unknown): string =>
  Array.isArray(value)
    ? '[]interface {}'
    : isRecord(value)
      ? 'map[string]interface {}'
      : typeof value === 'boolean'
        ? 'bool'
        : 'string'

/** A value as Go's `%v` prints the pointer to it. */
const goPointer = (value: unknown): string => `&{${printed(value)}}`

/** A value as Go's `%#v` prints it. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isRecord(value)) return value === null ? 'interface {}(nil)' : JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `map[string]interface {}{${members.map(name => `${JSON.stringify(name)}:${goSyntax(value[name])}`).join(', ')}}`
}
