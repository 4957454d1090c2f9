import { StatusError } from '#api/status.ts'
import type { TokenAuthenticator, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { ClaimError, type ClaimMappings, userOf } from './claims.ts'
import { type GetJson, KeySource, type Provider } from './oidc-keys.ts'

/** An OpenID Connect provider whose tokens are believed (upstream: JWTAuthenticator of AuthenticationConfiguration, or --oidc-…). */
export interface JwtIssuer extends Provider, ClaimMappings {
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
}

/** How many verified tokens are remembered, so that a busy client's signature is not checked with every request. */
const remembered = 1000

/** Believes the tokens of an OpenID Connect provider. Throws Unauthorized for one that says it is of this provider and is wrong. */
export function oidc(
  issuer: JwtIssuer,
  apiAudiences: readonly string[],
  { clock, log, getJson }: { clock: Clock; log: Log; getJson: GetJson },
): TokenAuthenticator {
  const keys = new KeySource(issuer, getJson, clock)
  const known = new Map<string, { user: User; until: number }>()
  return async (token, wanted) => {
    const audiences = apiAudiences.filter(audience => wanted.includes(audience))
    if (audiences.length === 0) return undefined
    const now = clock.now()
    let found = known.get(token)
    if (!found || found.until <= now.getTime()) {
      // Loaded when the first token is met: a start is quicker without.
      const { decodeJwt, errors, jwtVerify } = await import('jose')
      try {
        if (decodeJwt(token).iss !== issuer.url) return undefined
      } catch {
        return undefined
      }
      try {
        const { payload } = await jwtVerify(token, (...asked) => keys.find(...asked), {
          issuer: issuer.url,
          audience: [...issuer.audiences],
          algorithms: [...issuer.algorithms],
          requiredClaims: ['exp'],
          currentDate: now,
        })
        found = { user: userOf(payload, issuer), until: payload.exp! * 1000 }
      } catch (error) {
        const isTokens = error instanceof errors.JOSEError || error instanceof ClaimError
        if (!isTokens) throw error
        // Who sends it is not told why, but who has written the rules can find out.
        log.warn('a token of an OpenID Connect provider is refused', { issuer: issuer.url, error: error.message })
        throw new StatusError('Unauthorized', 'Unauthorized')
      }
      if (known.size >= remembered) known.delete(known.keys().next().value!)
      known.set(token, found)
    }
    return { user: found.user, audiences }
  }
}
