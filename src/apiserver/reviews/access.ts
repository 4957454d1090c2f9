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
import type { PolicyRule } from '#api/rbac/v1.ts'
import { badRequest, invalid } from '#api/status.ts'
import type { Rights } from '#apiserver/authorization/rbac.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Attributes, Authorizer, User } from '#apiserver/user.ts'
import { invalidValue } from '#machinery/causes.ts'
import { review } from './review.ts'

type Asked = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>

/** The access reviews: what somebody may do, answered by the very authorizers that judge requests (upstream: registry/authorization). */
export const accessReviews = (authorizers: readonly Authorizer[], rights: (user: User) => Rights): readonly Resource[] => {
  const judge = async (user: User, asked: Asked): Promise<SubjectAccessReviewStatus> => {
    for (const ask of authorizers) {
      const verdict = await ask(user, attributesOf(asked))
      if (verdict === 'allow') return { allowed: true }
      if (verdict) return { allowed: false, denied: true, reason: verdict.deny }
    }
    return { allowed: false }
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
      const meant = spec.resourceAttributes?.namespace
      if (meant !== namespace) throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
      return judge(subjectOf(LocalSubjectAccessReview, spec), spec)
    }),
    review(SelfSubjectRulesReview, async ({ spec }, { user }) => {
      if (!spec.namespace) throw badRequest('no namespace on request')
      const { everywhere, inNamespace } = rights(user)
      return rulesStatus([...everywhere, ...(inNamespace.get(spec.namespace) ?? [])])
    }),
  ]
}

function check({ group, kind }: Kind, { resourceAttributes, nonResourceAttributes }: Asked): void {
  if (!resourceAttributes === !nonResourceAttributes)
    throw invalid({ group, kind }, '', [
      invalidValue(
        'spec.resourceAttributes',
        nonResourceAttributes ?? null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ])
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
})

const ofPath = ({ verb = '', path = '' }: NonResourceAttributes): Attributes => ({
  ...ofResource({ verb }),
  path,
  isResource: false,
})

const rulesStatus = (rules: readonly PolicyRule[]): SelfSubjectRulesReview['status'] & object => ({
  resourceRules: rules.filter(({ resources }) => resources?.length).map(({ nonResourceURLs: _, ...rule }) => rule),
  nonResourceRules: rules
    .filter(rule => rule.nonResourceURLs?.length)
    .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
  incomplete: false,
})
