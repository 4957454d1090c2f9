import type { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import type { Compiled } from '#machinery/cel/compiled.ts'
import { type CompiledPolicy, compilePolicy } from '#machinery/cel/policy.ts'
import { EvaluationError, type Value } from '#machinery/cel/value.ts'
import { once } from '#machinery/remember.ts'
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

/** A policy ready to be evaluated; its named expressions by their names. */
interface Ready extends Omit<CompiledPolicy, 'variables'> {
  readonly variables: ReadonlyMap<string, Compiled>
}

const known = new WeakMap<ValidatingAdmissionPolicy, Ready>()

/** Once for each policy that is read. */
function ready(policy: ValidatingAdmissionPolicy): Ready {
  return once(known, policy, () => {
    const compiled = compilePolicy(policy.spec)
    const names = (policy.spec.variables ?? []).map(({ name }) => name)
    return { ...compiled, variables: new Map(names.map((name, index) => [name, compiled.variables[index]!])) }
  })
}

/** What a policy holds against a request, given the values of its variables (upstream: admission/plugin/policy/validating/validator.go). */
export function judge(policy: ValidatingAdmissionPolicy, values: Readonly<Record<string, Value>>): Judgement {
  const compiled = ready(policy)
  const ignores = policy.spec.failurePolicy === 'Ignore'
  const broken = (message: string): Judgement => (ignores ? nothing : { ...nothing, objections: [{ message, index: 0 }] })
  const fresh = (budget: number): Evaluation => new Evaluation(compiled.variables, values, budget)
  try {
    const unmet = conditionsUnmet(compiled, fresh(conditionBudget))
    if (unmet === true) return nothing
    if (unmet) return broken(unmet)
    const objections = objectionsOf(policy, compiled, fresh(policyBudget))
    return { objections, ...annotationsOf(policy, compiled, fresh(policyBudget)) }
  } catch (error) {
    if (error instanceof OutOfBudget) return broken(error.message)
    throw error
  }
}

/** Whether the policy is not about this request, or why that cannot be told. */
function conditionsUnmet({ conditions }: Ready, evaluation: Evaluation): boolean | string {
  const found = conditions.map(condition => evaluation.of(condition))
  if (found.includes(false)) return true
  const failures = found.filter(each => each instanceof EvaluationError).map(({ message }) => message)
  return failures.length > 1 ? `[${failures.join(', ')}]` : (failures[0] ?? false)
}

function objectionsOf(
  { spec }: ValidatingAdmissionPolicy,
  { validations, messages }: Ready,
  evaluation: Evaluation,
): Objection[] {
  const found = validations.map(condition => evaluation.of(condition))
  return (spec.validations ?? []).flatMap(({ expression, message = '', reason }, index) => {
    const value = found[index]!
    if (value === true) return []
    if (value instanceof EvaluationError) return spec.failurePolicy === 'Ignore' ? [] : [{ message: value.message, index }]
    const told = messages[index] && messageIn(evaluation.of(messages[index]))
    return [{ message: told || message.trim() || `failed expression: ${expression.trim()}`, ...(reason && { reason }), index }]
  })
}

/** The message that an expression has come to; none, if it is not fit to be shown. */
function messageIn(value: Value | EvaluationError): string {
  const text = typeof value === 'string' ? value.trim() : ''
  return Buffer.byteLength(text) <= longestMessage && !text.includes('\n') ? text : ''
}

function annotationsOf(
  { spec }: ValidatingAdmissionPolicy,
  { annotations }: Ready,
  evaluation: Evaluation,
): Pick<Judgement, 'annotations' | 'errors'> {
  const found: [string, string][] = []
  const errors: string[] = []
  for (const [index, { key }] of (spec.auditAnnotations ?? []).entries()) {
    const value = evaluation.of(annotations[index]!)
    if (value instanceof EvaluationError) {
      if (spec.failurePolicy !== 'Ignore') errors.push(value.message)
    } else if (typeof value === 'string' && value.trim()) found.push([key, value.trim()])
  }
  return { annotations: found, errors }
}
