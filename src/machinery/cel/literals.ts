import { isSame } from './bindings.ts'
import { type Call, type Expression, type Item, parts } from './expression.ts'
import { pattern } from './functions/regex.ts'
import { readDuration, readTimestamp } from './moments.ts'
import type { Problem } from './problem.ts'
import { type Type, typeText } from './type.ts'
import { EvaluationError } from './value.ts'

type TypeOf = (part: Expression) => Type

/** What is wrong with what is written out in an expression: the validators of cel-go that Kubernetes asks for (cel/environment/base.go). */
export function* literalProblems(expression: Expression, typeOf: TypeOf): Generator<Problem> {
  for (const part of parts(expression)) {
    if (part.kind === 'call') yield* argumentProblems(part)
    if (part.kind === 'list') yield* mixed(part.items, typeOf)
    if (part.kind !== 'map') continue
    yield* mixed(
      part.entries.map(({ key }) => ({ value: key, isOptional: false })),
      typeOf,
    )
    yield* mixed(part.entries, typeOf)
  }
}

/** A list or a map that is written out is of one type. */
function* mixed(items: readonly Item[], typeOf: TypeOf): Generator<Problem> {
  let first: Type | undefined
  for (const { value, isOptional } of items) {
    const given = typeOf(value)
    const type = isOptional && given.kind === 'optional' ? given.of : given
    first ??= type
    if (!isSame(first, type))
      return yield { at: value.at, message: `expected type '${typeText(first)}' but found '${typeText(type)}'` }
  }
}

/** What reads the text that is the last argument of these functions. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  duration: readDuration,
  timestamp: readTimestamp,
  matches: pattern,
}

function* argumentProblems({ name, args }: Call): Generator<Problem> {
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  const literal = args.at(-1)
  if (!reader || literal?.kind !== 'literal' || typeof literal.value !== 'string') return
  try {
    reader(literal.value)
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    yield { at: literal.at, message: `invalid ${name} argument` }
  }
}
