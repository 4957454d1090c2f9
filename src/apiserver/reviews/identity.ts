import { SelfSubjectReview, TokenReview, type UserInfo } from '#api/authentication/v1.ts'
import { isReason } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Authenticator, User } from '#apiserver/user.ts'
import { review } from './review.ts'

/** Who somebody is: the sender of a request, or the bearer of a token (upstream: registry/authentication). */
export const identityReviews = (authenticate: Authenticator): readonly Resource[] => [
  review(SelfSubjectReview, async (_, { user }) => ({ userInfo: infoOf(user) })),
  review(TokenReview, async ({ spec: { token = '' } }) => {
    try {
      const user = await authenticate({ token })
      return user ? { authenticated: true, user: infoOf(user) } : { error: 'invalid bearer token' }
    } catch (error) {
      if (isReason(error, 'Unauthorized')) return { error: 'invalid bearer token' }
      throw error
    }
  }),
]

const infoOf = ({ name, uid, groups, extra }: User): UserInfo => ({
  username: name,
  ...(uid && { uid }),
  groups: [...groups],
  ...(extra && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
})
