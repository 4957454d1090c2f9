import { MutatingAdmissionPolicyBinding } from '#api/admissionregistration/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { named } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { defaultMatch, validateMatch, validateParamRef } from './match.ts'
import { paramRefText } from './text.ts'

export default resource(MutatingAdmissionPolicyBinding, {
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdate: true,
  columns: [
    name,
    text('PolicyName', ({ spec }) => spec?.policyName ?? ''),
    text('ParamRef', ({ spec }) => paramRefText(spec?.paramRef)),
    age,
  ],

  default({ spec }) {
    defaultMatch(spec?.matchResources)
  },

  *validate({ spec }) {
    yield* named(spec?.policyName, 'spec.policyName', dns1123Subdomain)
    yield* validateParamRef(spec?.paramRef, 'spec.paramRef')
    yield* validateMatch(spec?.matchResources, 'spec.matchResouces')
  },
})
