import type { MatchCondition, ValidatingAdmissionPolicySpec, Variable } from '#api/admissionregistration/v1.ts'
import { admissionEnvironment, type Offer } from './admission.ts'
import { type Compiled, understood } from './compiled.ts'
import { CompilationError } from './problem.ts'
import { bool, dyn, nullType, string, type Type } from './type.ts'

/** What a policy says in expressions, each in the place in which the policy has it. */
export interface CompiledPolicy {
  readonly conditions: readonly Compiled[]
  /** Each may use those before it. */
  readonly variables: readonly Compiled[]
  readonly validations: readonly Compiled[]
  /** What is said where a validation fails, if that is an expression. */
  readonly messages: readonly (Compiled | undefined)[]
  readonly annotations: readonly Compiled[]
}

/** Understands what a ValidatingAdmissionPolicy says (upstream: compilePolicy in admission/plugin/policy/validating). */
export function compilePolicy(spec: ValidatingAdmissionPolicySpec): CompiledPolicy {
  const offer: Offer = { ...(spec.paramKind && { params: dyn }), authorizer: true }
  const { compiled: variables, types } = compileVariables(spec.variables ?? [], offer)
  const environment = admissionEnvironment({ ...offer, variables: types })
  const forMessages = admissionEnvironment({ ...offer, variables: types, authorizer: false })
  const { validations = [], auditAnnotations = [] } = spec
  return {
    conditions: compileConditions(spec.matchConditions ?? [], { ...offer, variables: types }),
    variables,
    validations: validations.map(({ expression }) => understood(expression, environment, bool)),
    messages: validations.map(({ messageExpression: text }) => (text ? understood(text, forMessages, string) : undefined)),
    annotations: auditAnnotations.map(({ valueExpression }) => understood(valueExpression, environment, string, nullType)),
  }
}

/** The conditions under which a policy or a webhook has a say. */
export const compileConditions = (conditions: readonly MatchCondition[], offer: Offer): readonly Compiled[] =>
  conditions.map(({ expression }) => understood(expression, admissionEnvironment(offer), bool))

/** Named expressions, and what they come to. */
export function compileVariables(
  variables: readonly Variable[],
  offer: Offer,
): { readonly compiled: readonly Compiled[]; readonly types: Readonly<Record<string, Type>> } {
  const types = new Map<string, Type>()
  const compiled = variables.map(({ name, expression }) => {
    const found = understood(expression, admissionEnvironment({ ...offer, variables: Object.fromEntries(types) }))
    types.set(name, found instanceof CompilationError ? dyn : found.type)
    return found
  })
  return { compiled, types: Object.fromEntries(types) }
}
