import { isReason, StatusError } from '#api/status.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Authenticator, Credentials, TokenAuthenticator, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { anonymous } from './anonymous.ts'
import { anyOf, bearer, forTheApi } from './bearer.ts'
import { bootstrapToken } from './bootstrap-token.ts'
import { certificate } from './certificate.ts'
import { getJson } from './get-json.ts'
import { type JwtIssuer, oidc } from './oidc.ts'
import { protocolToken } from './protocol-token.ts'
import { type RequestHeader, requestHeader } from './request-header.ts'
import { type ServiceAccountSettings, ServiceAccountTokens } from './service-account.ts'
import { type TokenWebhook, tokenWebhook } from './webhook.ts'

/** Whose word is taken for who somebody is, besides client certificates and service accounts. */
export interface AuthenticationSettings {
  readonly serviceAccounts: ServiceAccountSettings
  /** Where those may come in who show nothing: everywhere (the default), on some paths, or nowhere. */
  readonly anonymous?: boolean | { readonly paths: readonly string[] }
  readonly bootstrapTokens?: boolean
  /** Users by their token. */
  readonly tokens?: ReadonlyMap<string, User>
  readonly requestHeader?: RequestHeader
  readonly jwt?: readonly JwtIssuer[]
  /** Asked last whose a token is. */
  readonly webhook?: TokenWebhook
}

/** How the API server knows people. */
export interface Authentication {
  /** Who sends a request. Throws Unauthorized for whom nobody knows. */
  authenticate(credentials: Credentials): Promise<User>
  /** Whose a token is: what a TokenReview asks. */
  readonly ofToken: TokenAuthenticator
  readonly serviceAccounts: ServiceAccountTokens
  /** Takes the word of these providers from now on, and is open to those who show nothing as said here. */
  take(settings: Pick<AuthenticationSettings, 'jwt' | 'anonymous'>): void
}

/** Every way to be known, in upstream's order (kubeapiserver/authenticator/config.go). */
export function authentication(
  settings: AuthenticationSettings,
  { reader, clock, log }: { reader: Reader; clock: Clock; log: Log },
): Authentication {
  const serviceAccounts = new ServiceAccountTokens(reader, clock, settings.serviceAccounts)
  const { audiences } = serviceAccounts
  const { tokens, bootstrapTokens, webhook } = settings
  let providers: TokenAuthenticator = anyOf([])
  let last: Authenticator | undefined
  const take: Authentication['take'] = ({ jwt = [], anonymous: open = true }) => {
    providers = anyOf(jwt.map(issuer => oidc(issuer, audiences, { clock, log, getJson })))
    last = open ? anonymous(open === true ? undefined : open.paths) : undefined
  }
  take(settings)
  const ofToken = inTheGroup(
    anyOf([
      ...(tokens ? [forTheApi(token => tokens.get(token), audiences)] : []),
      serviceAccounts.authenticate,
      ...(bootstrapTokens ? [forTheApi(bootstrapToken(reader, clock), audiences)] : []),
      (token, wanted) => providers(token, wanted),
      ...(webhook ? [tokenWebhook(webhook, audiences, { clock, log })] : []),
    ]),
  )
  const ways: readonly Authenticator[] = [
    ...(settings.requestHeader ? [requestHeader(settings.requestHeader, clock)] : []),
    certificate(clock),
    bearer(ofToken, audiences),
    protocolToken(ofToken, audiences),
  ]
  return { authenticate: credentials => known(ways, last, credentials), ofToken, serviceAccounts, take }
}

/** Whoever one of the ways knows; a way that finds credentials wrong does not keep the others from knowing who it is. */
async function known(ways: readonly Authenticator[], last: Authenticator | undefined, credentials: Credentials): Promise<User> {
  let refusal: unknown
  for (const way of ways) {
    try {
      const asked = way(credentials)
      const user = asked instanceof Promise ? await asked : asked
      if (user) return authenticated(user)
    } catch (error) {
      if (!isReason(error, 'Unauthorized')) throw error
      refusal = error
    }
  }
  const user = refusal ? undefined : await last?.(credentials)
  if (user) return user
  throw refusal ?? new StatusError('Unauthorized', 'Unauthorized')
}

const everybody = 'system:authenticated'
const additions = new WeakMap<User, User>()

/** The user as a member of system:authenticated; once for each that is known for longer than a request. */
function authenticated(user: User): User {
  if (user.groups.includes(everybody) || user.groups.includes('system:unauthenticated') || user.name === 'system:anonymous')
    return user
  let found = additions.get(user)
  if (!found) additions.set(user, (found = { ...user, groups: [...user.groups, everybody] }))
  return found
}

const inTheGroup =
  (ask: TokenAuthenticator): TokenAuthenticator =>
  async (token, audiences) => {
    const bearer = await ask(token, audiences)
    return bearer && { ...bearer, user: authenticated(bearer.user) }
  }
