import { MutatingAdmissionPolicy, type Mutation } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { compileConditions, compileVariables } from '#machinery/cel/policy.ts'
import { dyn } from '#machinery/cel/type.ts'
import { each, oneOf } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { defaultMatch, validateMatch, validateMatchConditions, validateParamKind, validateVariables } from './match.ts'
import { paramKindText } from './text.ts'

/** Stable since v1.36, and so served. */
export default resource(MutatingAdmissionPolicy, {
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdate: true,
  columns: [
    name,
    text('Mutations', ({ spec }) => spec?.mutations?.length ?? 0),
    text('ParamKind', ({ spec }) => paramKindText(spec?.paramKind)),
    age,
  ],

  default(policy) {
    const spec = (policy.spec ??= {})
    spec.failurePolicy ??= 'Fail'
    spec.reinvocationPolicy ??= 'Never'
    defaultMatch(spec.matchConstraints)
  },

  *validate({ spec = {} }) {
    const { matchConstraints: match, mutations = [] } = spec
    yield* oneOf(spec.failurePolicy, 'spec.failurePolicy', ['Fail', 'Ignore'])
    if (spec.paramKind) yield* validateParamKind(spec.paramKind, 'spec.paramKind')
    if (!match) yield required('spec.matchConstraints')
    else {
      yield* validateMatch(match, 'spec.matchConstraints')
      const rules = match.resourceRules ?? []
      if (rules.length === 0) yield required('spec.matchConstraints.resourceRules')
      // Nothing can be changed of what is deleted, or connected to.
      for (const [index, { operations = [] }] of rules.entries())
        for (const [place, operation] of operations.entries())
          if (operation !== 'CREATE' && operation !== 'UPDATE')
            yield invalidValue(
              `spec.matchConstraints.resourceRules[${index}].operations[${place}]`,
              operation,
              'must be CREATE or UPDATE',
            )
    }
    const offer = { ...(spec.paramKind && { params: dyn }), authorizer: true }
    const { compiled, types: variables } = compileVariables(spec.variables ?? [], offer)
    const conditions = compileConditions(spec.matchConditions ?? [], { ...offer, variables })
    yield* validateMatchConditions(spec.matchConditions, conditions, 'spec.matchConditions')
    yield* validateVariables(spec.variables, compiled, 'spec.variables')
    if (mutations.length === 0) yield required('spec.mutations', 'mutations must contain at least one item')
    yield* each(mutations, 'spec.mutations', validateMutation)
    yield* oneOf(spec.reinvocationPolicy, 'spec.reinvocationPolicy', ['IfNeeded', 'Never'])
  },
})

const members = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

/** A mutation has just the member that its type names. */
function* validateMutation(mutation: Mutation, path: string): Generator<Cause> {
  const { patchType } = mutation
  yield* oneOf(patchType, `${path}.patchType`, Object.keys(members))
  for (const [type, member] of Object.entries(members)) {
    if (type !== patchType) {
      if (mutation[member]) yield forbidden(`${path}.${member}`, `must not be specified when patchType is not ${type}`)
    } else if (!mutation[member]) yield required(`${path}.${member}`, `must be specified when patchType is ${type}`)
    else if (!mutation[member].expression?.trim()) yield required(`${path}.${member}.expression`, 'expression is not specified')
  }
}
