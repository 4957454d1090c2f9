import { createHash } from 'node:crypto'
import { TokenReview, type TokenReviewStatus, type UserInfo } from '#api/authentication/v1.ts'
import { StatusError } from '#api/status.ts'
import type { Bearer, TokenAuthenticator } from '#apiserver/user.ts'
import { type Endpoint, Remote } from '#apiserver/wire/remote.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'

/** A service that is asked whose a token is (upstream: --authentication-token-webhook-…). */
export interface TokenWebhook {
  readonly endpoint: Endpoint
  readonly version: 'v1' | 'v1beta1'
  /** How long its answers are believed; 0: it is asked every time. */
  readonly ttlMs: number
}

interface Known {
  readonly answer: Promise<Bearer | undefined>
  /** For ever, while the answer is not there yet: whoever else brings the token waits for the same one. */
  until: number
}

const remembered = 32_768
const timeoutMs = 30_000

/**
 * Asks a service with a TokenReview (upstream: apiserver/plugin/pkg/authenticator/token/webhook). An answer that says no
 * audiences is for those of the API server. A service that gives no answer makes the token a bad one: nobody is anonymous for that.
 */
export function tokenWebhook(
  { endpoint, version, ttlMs }: TokenWebhook,
  ownAudiences: readonly string[],
  { clock, log }: { clock: Clock; log: Log },
): TokenAuthenticator {
  const remote = new Remote(endpoint, clock)
  const known = new Map<string, Known>()

  const ask = async (token: string, wanted: readonly string[]): Promise<Bearer | undefined> => {
    const review = {
      kind: TokenReview.kind,
      apiVersion: `${TokenReview.group}/${version}`,
      spec: { token, audiences: [...wanted] },
    }
    try {
      return bearerOf(statusOf(await remote.insist(review, timeoutMs)), wanted, ownAudiences)
    } catch (error) {
      log.warn('the webhook for tokens does not vouch for a token', { error: (error as Error).message })
      throw new StatusError('Unauthorized', 'Unauthorized')
    }
  }

  return (token, wanted) => {
    // Tokens are secrets, and long: neither is worth keeping.
    const key = createHash('sha256')
      .update(JSON.stringify([token, wanted]))
      .digest('base64')
    const before = known.get(key)
    if (before && before.until > clock.now().getTime()) return before.answer
    const asked: Known = { answer: ask(token, wanted), until: Number.POSITIVE_INFINITY }
    known.delete(key)
    if (known.size >= remembered) known.delete(known.keys().next().value!)
    known.set(key, asked)
    asked.answer.then(
      () => {
        asked.until = clock.now().getTime() + ttlMs
      },
      () => {
        if (known.get(key) === asked) known.delete(key)
      },
    )
    return asked.answer
  }
}

/** Whom an answer names. Throws where it finds the token wrong. */
function bearerOf(
  { authenticated, user, audiences: said = [], error }: TokenReviewStatus,
  wanted: readonly string[],
  ownAudiences: readonly string[],
): Bearer | undefined {
  const meant = said.length > 0 ? said : ownAudiences
  const audiences = wanted.filter(audience => meant.includes(audience))
  if (audiences.length === 0) return undefined
  if (!authenticated) {
    if (error) throw new Error(error)
    return undefined
  }
  const { username: name = '', uid, groups = [], extra } = user ?? {}
  if (!name) throw new Error('the answer names nobody')
  return { user: { name, groups, ...(uid && { uid }), ...(extra && { extra }) }, audiences }
}

/** The status of an answer. Throws for one that is no TokenReview: it comes from outside. */
function statusOf(answer: unknown): TokenReviewStatus {
  const status = (answer as Partial<TokenReview> | null)?.status
  const { authenticated = false, user = {}, audiences = [], error = '' } = isMap(status) ? status : { authenticated: 'unsaid' }
  const isGood =
    typeof authenticated === 'boolean' && isMap(user) && isUser(user) && areTexts(audiences) && typeof error === 'string'
  if (!isGood) throw new Error('the answer is no TokenReview')
  return { authenticated, user, audiences, error }
}

const isUser = ({ username = '', uid = '', groups = [], extra = {} }: UserInfo): boolean =>
  typeof username === 'string' &&
  typeof uid === 'string' &&
  areTexts(groups) &&
  isMap(extra) &&
  Object.values(extra).every(areTexts)

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(each => typeof each === 'string')
