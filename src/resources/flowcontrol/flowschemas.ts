import { FlowSchema, type PolicyRulesWithSubjects } from '#api/flowcontrol/v1.ts'
import type { Cause } from '#api/status.ts'
import { mandatoryFlowSchemas } from '#apiserver/flow-control/flow-schemas.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each, oneOf } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateFlowConditions } from './conditions.ts'
import { validateNonResourceRule, validateResourceRule } from './rules.ts'
import { validateSubject } from './subjects.ts'

const least = 10_000

export default resource(FlowSchema, {
  status: true,
  resets: { status: ['metadata'] },
  generation: true,
  columns: [
    name,
    text('PriorityLevel', ({ spec }) => spec?.priorityLevelConfiguration?.name ?? ''),
    { name: 'MatchingPrecedence', type: 'integer', value: ({ spec }) => spec?.matchingPrecedence ?? 0 },
    text('DistinguisherMethod', ({ spec }) => spec?.distinguisherMethod?.type || '<none>'),
    age,
    text('MissingPL', ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?'),
  ],

  rowOrder: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1),

  default(schema) {
    const spec = (schema.spec ??= { priorityLevelConfiguration: { name: '' } })
    spec.matchingPrecedence ||= 1000
  },

  prepare(schema, before) {
    if (!before) schema.status = {}
  },

  *validate({ metadata, spec, status }) {
    const { matchingPrecedence = 0, distinguisherMethod: method, priorityLevelConfiguration: level, rules } = spec ?? {}
    const path = 'spec.matchingPrecedence'
    if (matchingPrecedence <= 0) yield invalidValue(path, matchingPrecedence, 'must be a positive value')
    if (matchingPrecedence > least) yield invalidValue(path, matchingPrecedence, `must not be greater than ${least}`)
    if (matchingPrecedence === 1 && metadata.name !== 'exempt')
      yield invalidValue(path, matchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1")
    if (method) yield* oneOf(method.type, 'spec.distinguisherMethod.type', ['ByNamespace', 'ByUser'])
    if (level?.name) yield* invalidEach('spec.priorityLevelConfiguration.name', level.name, dns1123Subdomain(level.name))
    else yield required('spec.priorityLevelConfiguration.name', 'must reference a priority level')
    yield* each(rules, 'spec.rules', validateRule)
    const fixed = mandatoryFlowSchemas.find(each => each.metadata.name === metadata.name)
    if (fixed && !equal(spec, fixed.spec))
      yield invalidValue('spec', spec, `spec of '${metadata.name}' must equal the fixed value`)
    yield* validateFlowConditions(status?.conditions, 'status.conditions')
  },

  validateStatus: ({ status }) => validateFlowConditions(status?.conditions, 'status.conditions'),
})

function* validateRule(
  { subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  path: string,
): Generator<Cause> {
  if (!subjects?.length) yield required(`${path}.subjects`, 'subjects must contain at least one value')
  yield* each(subjects, `${path}.subjects`, validateSubject)
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    yield required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')
  yield* each(resourceRules, `${path}.resourceRules`, validateResourceRule)
  yield* each(nonResourceRules, `${path}.nonResourceRules`, validateNonResourceRule)
}

const nameOf = ({ metadata }: FlowSchema): string => metadata.name ?? ''
