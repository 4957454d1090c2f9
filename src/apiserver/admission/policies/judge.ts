import type { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import { EvaluationError, type Value } from '#machinery/cel/value.ts'
import { type CompiledPolicy, compiledPolicy } from './compiled.ts'
import { conditionBudget, Evaluation, OutOfBudget, policyBudget } from './evaluation.ts'

/** Something that a policy holds against a request. */
export interface Objection {
  readonly message: string
  /** Default: Invalid. */
  readonly reason?: string
  /** Which of its validations; of what went wrong as a whole the first. */
  readonly index: number
}

export interface Judgement {
  /** Actions of bindings decide what becomes of these. */
  readonly objections: readonly Objection[]
  /** What keeps the request out whatever the bindings say. */
  readonly errors: readonly string[]
  readonly annotations: readonly (readonly [key: string, value: string])[]
}

const nothing: Judgement = { objections: [], errors: [], annotations: [] }

/** Longer messages are not shown. */
const longestMessage = 5 * 1024

/** What a policy holds against a request, given the values of its variables (upstream: admission/plugin/policy/validating/validator.go). */
export function judge(policy: ValidatingAdmissionPolicy, values: Readonly<Record<string, Value>>): Judgement {
  const compiled = compiledPolicy(policy)
  const ignores = policy.spec?.failurePolicy === 'Ignore'
  const broken = (message: string): Judgement => (ignores ? nothing : { ...nothing, objections: [{ message, index: 0 }] })
  const fresh = (budget: number): Evaluation => new Evaluation(compiled.variables, values, budget)
  try {
    const unmet = conditionsUnmet(compiled, fresh(conditionBudget))
    if (unmet === true) return nothing
    if (unmet) return broken(unmet)
    const objections = objectionsOf(compiled, fresh(policyBudget), ignores)
    return { objections, ...annotationsOf(compiled, fresh(policyBudget), ignores) }
  } catch (error) {
    if (error instanceof OutOfBudget) return broken(error.message)
    throw error
  }
}

/** Whether the policy is not about this request, or why that cannot be told. */
function conditionsUnmet({ conditions }: CompiledPolicy, evaluation: Evaluation): boolean | string {
  const found = conditions.map(condition => evaluation.of(condition))
  if (found.includes(false)) return true
  const failures = found.filter(each => each instanceof EvaluationError).map(({ message }) => message)
  return failures.length > 1 ? `[${failures.join(', ')}]` : (failures[0] ?? false)
}

function objectionsOf({ validations }: CompiledPolicy, evaluation: Evaluation, ignores: boolean): Objection[] {
  const found = validations.map(({ condition }) => evaluation.of(condition))
  return validations.flatMap(({ text, message = '', messageExpression, reason }, index) => {
    const value = found[index]!
    if (value === true) return []
    if (value instanceof EvaluationError) return ignores ? [] : [{ message: value.message, index }]
    const told = messageExpression ? evaluation.of(messageExpression) : ''
    const shown = typeof told === 'string' ? told.trim() : ''
    const isFit = shown !== '' && Buffer.byteLength(shown) <= longestMessage && !shown.includes('\n')
    return [{ message: isFit ? shown : message.trim() || `failed expression: ${text.trim()}`, ...(reason && { reason }), index }]
  })
}

function annotationsOf(
  { annotations }: CompiledPolicy,
  evaluation: Evaluation,
  ignores: boolean,
): Pick<Judgement, 'annotations' | 'errors'> {
  const found: [string, string][] = []
  const errors: string[] = []
  for (const { key, value } of annotations) {
    const text = evaluation.of(value)
    if (text instanceof EvaluationError) {
      if (!ignores) errors.push(text.message)
    } else if (typeof text === 'string' && text.trim()) found.push([key, text.trim()])
  }
  return { annotations: found, errors }
}
