import {
  LocalSubjectAccessReview,
  type NonResourceAttributes,
  type ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  type SubjectAccessReviewSpec,
  type SubjectAccessReviewStatus,
} from '#api/authorization/v1.ts'
import type { Kind } from '#api/kind.ts'
import { badRequest, type Cause, invalid } from '#api/status.ts'
import type { Authority, RulesFound } from '#apiserver/authorization/authority.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import { invalidValue } from '#machinery/causes.ts'
import { review } from './review.ts'
import { fieldSelectorText, labelSelectorText, selectorProblems } from './selectors.ts'

type Asked = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>

/** The access reviews: what somebody may do, answered by the very authorizers that judge requests (upstream: registry/authorization). */
export const accessReviews = ({ authorize, rulesFor }: Pick<Authority, 'authorize' | 'rulesFor'>): readonly Resource[] => {
  const judge = async (user: User, asked: Asked): Promise<SubjectAccessReviewStatus> => {
    const { decision, reason, error } = await authorize(user, attributesOf(asked))
    return {
      allowed: decision === 'allow',
      ...(decision === 'deny' && { denied: true }),
      ...(reason && { reason }),
      ...(error && { evaluationError: error }),
    }
  }
  return [
    review(SelfSubjectAccessReview, async ({ spec }, { user }) => {
      check(SelfSubjectAccessReview, spec)
      return judge(user, spec)
    }),
    review(SubjectAccessReview, async ({ spec }) => {
      check(SubjectAccessReview, spec)
      return judge(subjectOf(SubjectAccessReview, spec), spec)
    }),
    review(LocalSubjectAccessReview, async ({ spec }, { attributes: { namespace } }) => {
      check(LocalSubjectAccessReview, spec)
      const meant = spec.resourceAttributes?.namespace ?? ''
      if (meant !== namespace) throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
      return judge(subjectOf(LocalSubjectAccessReview, spec), spec)
    }),
    review(SelfSubjectRulesReview, async ({ spec }, { user }) => {
      if (!spec.namespace) throw badRequest('no namespace on request')
      return statusOf(rulesFor(user, spec.namespace))
    }),
  ]
}

function check({ group, kind }: Kind, spec: Asked): void {
  const causes = [...problems(spec, kind === LocalSubjectAccessReview.kind)]
  if (causes.length > 0) throw invalid({ group, kind }, '', causes)
}

function* problems({ resourceAttributes, nonResourceAttributes }: Asked, isLocal: boolean): Generator<Cause> {
  if (isLocal && nonResourceAttributes)
    yield invalidValue('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request')
  else if (resourceAttributes && nonResourceAttributes)
    yield invalidValue(
      'spec.nonResourceAttributes',
      nonResourceAttributes,
      'cannot be specified in combination with resourceAttributes',
    )
  else if (!resourceAttributes && !nonResourceAttributes)
    yield invalidValue(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = resourceAttributes?.[name]
    if (selector) yield* selectorProblems(selector, `spec.resourceAttributes.${name}`)
  }
}

function subjectOf({ group, kind }: Kind, { user, groups, uid, extra }: SubjectAccessReviewSpec): User {
  if (!user && !groups?.length)
    throw invalid({ group, kind }, '', [invalidValue('spec.user', user ?? '', 'at least one of user or group must be specified')])
  return { name: user ?? '', groups: groups ?? [], ...(uid && { uid }), ...(extra && { extra }) }
}

const attributesOf = ({ resourceAttributes, nonResourceAttributes }: Asked): Attributes =>
  resourceAttributes ? ofResource(resourceAttributes) : ofPath(nonResourceAttributes!)

const ofResource = (asked: ResourceAttributes): Attributes => ({
  verb: asked.verb ?? '',
  path: '',
  isResource: true,
  group: asked.group ?? '',
  version: asked.version ?? '',
  resource: asked.resource ?? '',
  subresource: asked.subresource ?? '',
  namespace: asked.namespace ?? '',
  name: asked.name ?? '',
  ...(asked.fieldSelector && { fieldSelector: fieldSelectorText(asked.fieldSelector) }),
  ...(asked.labelSelector && { labelSelector: labelSelectorText(asked.labelSelector) }),
})

const ofPath = ({ verb = '', path = '' }: NonResourceAttributes): Attributes => ({
  ...ofResource({ verb }),
  path,
  isResource: false,
})

const statusOf = ({ rules, incomplete, errors }: RulesFound): SelfSubjectRulesReview['status'] & object => ({
  resourceRules: rules.filter(({ resources }) => resources?.length).map(({ nonResourceURLs: _, ...rule }) => rule),
  nonResourceRules: rules
    .filter(rule => rule.nonResourceURLs?.length)
    .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
  incomplete,
  ...(errors.length > 0 && { evaluationError: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` }),
})
