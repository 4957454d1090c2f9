import type { ExpressionWarning, ValidatingAdmissionPolicySpec } from '#api/admissionregistration/v1.ts'
import { admissionEnvironment, type Offer } from './admission.ts'
import { understood } from './compiled.ts'
import { compileVariables } from './policy.ts'
import { CompilationError } from './problem.ts'
import { dyn, type Type } from './type.ts'

/** A kind of object that a policy is about. */
export interface Subject {
  /** As Go prints it: `apps/v1, Kind=Deployment`. */
  readonly name: string
  readonly type: Type
}

/**
 * What is wrong with a policy's expressions about objects of these kinds: when it is applied, everything of an object is known only as it
 * is met (upstream: TypeChecker in admission/plugin/policy/validating).
 */
export function typeWarnings(
  spec: ValidatingAdmissionPolicySpec,
  subjects: readonly Subject[],
  params: Type | undefined,
): ExpressionWarning[] {
  const checks = subjects.map(({ name, type }) => {
    const offer: Offer = { object: type, ...(spec.paramKind && { params: params ?? dyn }), authorizer: true }
    const { types: variables } = compileVariables(spec.variables ?? [], offer)
    return { name, environment: admissionEnvironment({ ...offer, variables }) }
  })
  const warnings: ExpressionWarning[] = []
  const check = (fieldRef: string, text: string): void => {
    const problems = checks.flatMap(({ name, environment }) => {
      const found = understood(text, environment)
      return found instanceof CompilationError ? `${name}: ${found.message}\n` : []
    })
    if (problems.length > 0) warnings.push({ fieldRef, warning: problems.join('\n') })
  }
  for (const [index, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    check(`spec.validations[${index}].expression`, expression)
    if (messageExpression) check(`spec.validations[${index}].messageExpression`, messageExpression)
  }
  return warnings
}
