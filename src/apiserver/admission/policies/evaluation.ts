import { Budget } from '#machinery/cel/budget.ts'
import type { Compiled } from '#machinery/cel/compiled.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { EvaluationError, MapValue, type Value } from '#machinery/cel/value.ts'

/** Upstream's limits for all expressions of a policy about one request (apiserver/pkg/apis/cel). */
export const policyBudget = 10_000_000
export const conditionBudget = 2_500_000

/** The expressions of a policy took more, all together, than they may. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

/** Evaluates the expressions of one policy about one request; what is named is evaluated once, when it is first asked for. */
export class Evaluation {
  readonly #values: Readonly<Record<string, Value>>
  #left: number

  constructor(variables: ReadonlyMap<string, Compiled>, values: Readonly<Record<string, Value>>, budget: number) {
    this.#values = { ...values, variables: new Variables(variables, program => this.#evaluate(program)) }
    this.#left = budget
  }

  /** What an expression comes to, or why it comes to nothing. Throws OutOfBudget. */
  of(program: Compiled): Value | EvaluationError {
    if (program instanceof CompilationError) return new EvaluationError(`compilation error: ${program.message}`)
    const found = this.#evaluate(program)
    return found instanceof EvaluationError
      ? new EvaluationError(`expression '${program.text}' resulted in error: ${found.message}`)
      : found
  }

  #evaluate(program: Exclude<Compiled, CompilationError>): Value | EvaluationError {
    const budget = new Budget()
    const found = attempt(() => program.evaluate(this.#values, budget))
    this.#left -= budget.spent
    if (this.#left < 0) throw new OutOfBudget()
    return found
  }
}

/** Named expressions as `variables`. */
class Variables extends MapValue {
  readonly #variables: ReadonlyMap<string, Compiled>
  readonly #evaluate: (program: Exclude<Compiled, CompilationError>) => Value | EvaluationError
  readonly #known = new Map<string, Value | EvaluationError>()

  constructor(
    variables: ReadonlyMap<string, Compiled>,
    evaluate: (program: Exclude<Compiled, CompilationError>) => Value | EvaluationError,
  ) {
    super()
    this.#variables = variables
    this.#evaluate = evaluate
  }

  get size(): number {
    return this.#variables.size
  }

  get(name: Value): Value | undefined {
    const program = typeof name === 'string' ? this.#variables.get(name) : undefined
    if (!program) return undefined
    let found = this.#known.get(name as string)
    if (found === undefined) this.#known.set(name as string, (found = this.#find(name as string, program)))
    if (found instanceof EvaluationError) throw found
    return found
  }

  keys(): Iterable<Value> {
    return this.#variables.keys()
  }

  #find(name: string, program: Compiled): Value | EvaluationError {
    const fails = (how: string, { message }: Error): EvaluationError =>
      new EvaluationError(`composited variable "${name}" fails to ${how}: ${message}`)
    if (program instanceof CompilationError) return fails('compile', program)
    const found = this.#evaluate(program)
    return found instanceof EvaluationError ? fails('evaluate', found) : found
  }
}

function attempt(evaluate: () => Value): Value | EvaluationError {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof EvaluationError) return error
    throw error
  }
}
