import { isReason } from '#api/status.ts'
import type { Authenticator, Bearer, TokenAuthenticator, User } from '#apiserver/user.ts'

/**
 * Asks each in turn whose a token is. One who finds it wrong does not keep the others from knowing it: only if nobody does, its
 * Unauthorized is thrown (upstream: authentication/token/union).
 */
export function anyOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return async (token, audiences) => {
    let refusal: unknown
    for (const ask of authenticators) {
      try {
        const bearer = await ask(token, audiences)
        if (bearer) return bearer
      } catch (error) {
        if (!isReason(error, 'Unauthorized')) throw error
        refusal = error
      }
    }
    if (refusal) throw refusal
    return undefined
  }
}

/** For tokens that say nothing of audiences: they are meant for the API server (upstream: authentication/authenticator/audagnostic.go). */
export const forTheApi =
  (ask: (token: string) => User | undefined, audiences: readonly string[]): TokenAuthenticator =>
  async (token, wanted): Promise<Bearer | undefined> => {
    const common = audiences.filter(audience => wanted.includes(audience))
    if (common.length === 0) return undefined
    const user = ask(token)
    return user && { user, audiences: common }
  }

/** Requests that bring a bearer token meant for one of these audiences. */
export const bearer =
  (ask: TokenAuthenticator, audiences: readonly string[]): Authenticator =>
  async ({ token }) =>
    token === undefined ? undefined : (await ask(token, audiences))?.user
