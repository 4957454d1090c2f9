import { isSame } from './bindings.ts'
import { Budget, OverBudget } from './budget.ts'
import { check, type Variables } from './checker.ts'
import { type Expression, selects } from './expression.ts'
import { literalProblems } from './literals.ts'
import type { Functions } from './overload.ts'
import { parse } from './parser.ts'
import { plan } from './plan.ts'
import { CompilationError, compilationError, SyntaxProblem } from './problem.ts'
import { type Type, typeText } from './type.ts'
import { EvaluationError, type Value } from './value.ts'

/** What expressions are about, and what they may call. */
export interface Environment {
  readonly variables: Variables
  readonly functions: Functions
}

/** An expression that was understood. */
export interface Program {
  readonly text: string
  readonly type: Type
  /** Whether it reads a field of this name; `of`: of this variable. */
  reads(field: string, of?: string): boolean
  /** Its value. Throws EvaluationError where it has none, and where to find it takes more than the budget. */
  evaluate(variables: Readonly<Record<string, Value>>, budget?: Budget): Value
}

/** Reads an expression, which must be of one of the types that are wanted, if any are. Throws CompilationError, with all that is wrong with it. */
export function compile(text: string, { variables, functions }: Environment, ...wanted: readonly Type[]): Program {
  const expression = parsed(text)
  const checked = check(expression, variables, functions)
  const problems = checked.problems.length > 0 ? checked.problems : [...literalProblems(expression, checked.typeOf)]
  if (problems.length > 0) throw compilationError(text, problems)
  const { type } = checked
  if (wanted.length > 0 && !wanted.some(each => isSame(each, type))) {
    const names = wanted.map(typeText)
    const what = names.length > 1 ? `one of [${names.join(' ')}]` : names[0]
    throw new CompilationError(`must evaluate to ${what} but got ${typeText(type)}`)
  }
  const { step, slots, size } = plan(expression, Object.keys(variables), functions, checked.meant)
  return {
    text,
    type,
    reads: (field, of) => selects(expression, field, of),
    evaluate(given, budget = new Budget()) {
      const frame = { slots: new Array<Value | undefined>(size), budget }
      for (const [name, slot] of slots) frame.slots[slot] = given[name]
      try {
        return step(frame)
      } catch (error) {
        // A RangeError: more than the engine can hold, should a price ever be too low.
        if (error instanceof OverBudget || error instanceof RangeError) throw new EvaluationError(error.message)
        throw error
      }
    },
  }
}

function parsed(text: string): Expression {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof SyntaxProblem) throw compilationError(text, [error])
    throw error
  }
}
