import type { JWTPayload } from 'jose'
import { StatusError } from '#api/status.ts'
import type { TokenAuthenticator, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import { type GetJson, KeySource, type Provider } from './oidc-keys.ts'

/** An OpenID Connect provider whose tokens are believed (upstream: JWTAuthenticator of AuthenticationConfiguration, or --oidc-…). */
export interface JwtIssuer extends Provider {
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly username: Claim
  readonly groups?: Claim
  readonly uid?: string
  /** Claims that a token must have, with their values. */
  readonly requiredClaims: Readonly<Record<string, string>>
}

/** A claim of a token, and what is written before its value. */
export interface Claim {
  readonly claim: string
  readonly prefix: string
}

/** How many verified tokens are remembered, so that a busy client's signature is not checked with every request. */
const remembered = 1000

/** Believes the tokens of an OpenID Connect provider. Throws Unauthorized for one that says it is of this provider and is wrong. */
export function oidc(
  issuer: JwtIssuer,
  apiAudiences: readonly string[],
  { clock, getJson }: { clock: Clock; getJson: GetJson },
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
        if (error instanceof errors.JOSEError || error instanceof ClaimError)
          throw new StatusError('Unauthorized', 'Unauthorized')
        throw error
      }
      if (known.size >= remembered) known.delete(known.keys().next().value!)
      known.set(token, found)
    }
    return { user: found.user, audiences }
  }
}

/** Something in a token that keeps it from being anybody's. */
export class ClaimError extends Error {}

/** Whom the claims of a token name. Throws ClaimError. */
export function userOf(claims: JWTPayload, { username, groups, uid, requiredClaims }: JwtIssuer): User {
  const name = text(claims, username.claim)
  if (username.claim === 'email' && 'email_verified' in claims && claims.email_verified !== true)
    throw new ClaimError('oidc: email not verified')
  for (const [claim, value] of Object.entries(requiredClaims))
    if (text(claims, claim) !== value) throw new ClaimError(`oidc: required claim ${claim} value does not match`)
  return {
    name: username.prefix + name,
    groups: groups && groups.claim in claims ? texts(claims, groups.claim).map(group => groups.prefix + group) : [],
    ...(uid && uid in claims && { uid: text(claims, uid) }),
  }
}

function text(claims: JWTPayload, claim: string): string {
  const value = claims[claim]
  if (typeof value !== 'string') throw new ClaimError(`oidc: parse claim ${claim}: it is no text`)
  return value
}

/** One text, or several. */
function texts(claims: JWTPayload, claim: string): string[] {
  const values = [claims[claim]].flat()
  if (!values.every(value => typeof value === 'string')) throw new ClaimError(`oidc: parse groups claim ${claim}: not texts`)
  return values
}
