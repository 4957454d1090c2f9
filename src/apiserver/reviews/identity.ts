import { SelfSubjectReview, TokenReview, type UserInfo } from '#api/authentication/v1.ts'
import { badRequest, isReason } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { TokenAuthenticator, User } from '#apiserver/user.ts'
import { review } from './review.ts'

/** Who somebody is: the sender of a request, or the bearer of a token (upstream: registry/authentication). */
export const identityReviews = (ofToken: TokenAuthenticator, apiAudiences: readonly string[]): readonly Resource[] => [
  review(SelfSubjectReview, async (_, { user }) => ({ userInfo: infoOf(user) })),
  review(TokenReview, async ({ spec: { token = '', audiences = [] } }) => {
    if (!token) throw badRequest('token is required for TokenReview in authentication')
    try {
      const bearer = await ofToken(token, audiences.length > 0 ? audiences : apiAudiences)
      if (!bearer) return { error: 'invalid bearer token' }
      return { authenticated: true, user: infoOf(bearer.user), audiences: [...bearer.audiences] }
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
