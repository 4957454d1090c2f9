import { ValidatingAdmissionPolicyBinding } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each, named } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { defaultMatch, validateMatch, validateParamRef } from './match.ts'
import { paramRefText } from './text.ts'

export default resource(ValidatingAdmissionPolicyBinding, {
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
    // The path lacks a letter upstream too.
    yield* validateMatch(spec?.matchResources, 'spec.matchResouces')
    yield* validateActions(spec?.validationActions, 'spec.validationActions')
  },
})

function* validateActions(actions: readonly string[] = [], path: string): Generator<Cause> {
  const possible = ['Audit', 'Deny', 'Warn']
  yield* each(actions, path, function* (action, at, index) {
    if (!possible.includes(action)) yield notSupported(at, action, possible)
    if (actions.indexOf(action) < index) yield duplicate(at, action)
  })
  if (actions.includes('Deny') && actions.includes('Warn'))
    yield invalidValue(
      path,
      actions,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    )
  if (actions.length === 0) yield required(path, 'at least one validation action is required')
}
