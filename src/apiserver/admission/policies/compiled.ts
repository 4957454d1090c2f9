import type { MatchCondition, ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import { admissionEnvironment, type Offer } from '#machinery/cel/admission.ts'
import { compile, type Environment, type Program } from '#machinery/cel/compile.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { bool, dyn, nullType, string, type Type } from '#machinery/cel/type.ts'

/** An expression that was understood, or why it was not. */
export type Compiled = Program | CompilationError

/** What a policy says, ready to be evaluated. */
export interface CompiledPolicy {
  readonly conditions: readonly Compiled[]
  /** Named expressions, in the order in which they may use one another. */
  readonly variables: ReadonlyMap<string, Compiled>
  readonly validations: readonly {
    readonly condition: Compiled
    readonly message: string | undefined
    readonly messageExpression: Compiled | undefined
    readonly reason: string | undefined
    readonly text: string
  }[]
  readonly annotations: readonly { readonly key: string; readonly value: Compiled }[]
}

const known = new WeakMap<ValidatingAdmissionPolicy, CompiledPolicy>()

/** Understands a policy; once for each that is read. */
export function compiledPolicy(policy: ValidatingAdmissionPolicy): CompiledPolicy {
  let found = known.get(policy)
  if (!found) known.set(policy, (found = compilePolicy(policy)))
  return found
}

function compilePolicy({ spec = {} }: ValidatingAdmissionPolicy): CompiledPolicy {
  const offer: Offer = { params: spec.paramKind !== undefined, authorizer: true }
  const types: Record<string, Type> = {}
  const variables = new Map<string, Compiled>()
  for (const { name, expression } of spec.variables ?? []) {
    const program = compiled(expression, admissionEnvironment({ ...offer, variables: { ...types } }))
    variables.set(name, program)
    types[name] = program instanceof CompilationError ? dyn : program.type
  }
  const environment = admissionEnvironment({ ...offer, variables: types })
  const messages = admissionEnvironment({ ...offer, authorizer: false, variables: types })
  return {
    conditions: (spec.matchConditions ?? []).map(({ expression }: MatchCondition) => compiled(expression, environment, bool)),
    variables,
    validations: (spec.validations ?? []).map(({ expression, message, messageExpression, reason }) => ({
      condition: compiled(expression, environment, bool),
      message,
      messageExpression: messageExpression ? compiled(messageExpression, messages, string) : undefined,
      reason,
      text: expression,
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      key,
      value: compiled(valueExpression, environment, string, nullType),
    })),
  }
}

function compiled(text: string, environment: Environment, ...wanted: readonly Type[]): Compiled {
  try {
    return compile(text, environment, ...wanted)
  } catch (error) {
    if (error instanceof CompilationError) return error
    throw error
  }
}
