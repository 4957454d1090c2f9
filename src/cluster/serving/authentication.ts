import type { AuthenticationSettings } from '#apiserver/authentication/authentication.ts'
import type { JwtIssuer } from '#apiserver/authentication/oidc.ts'
import { tokenKey, tokenKeys } from '#apiserver/authentication/signing-keys.ts'
import { readTokenFile } from '#apiserver/authentication/token-file.ts'
import type { TokenWebhook } from '#apiserver/authentication/webhook.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { readAuthenticationConfiguration } from './authentication-configuration.ts'
import { readEndpoint } from './endpoint.ts'
import { changesIn, readFlagged } from './files.ts'

/** Who is known and how, as upstream's flags say it. */
export interface AuthenticationFlags {
  readonly anonymousAuth?: boolean
  readonly apiAudiences?: readonly string[]
  readonly authenticationConfig?: string
  readonly authenticationTokenWebhookConfigFile?: string
  readonly authenticationTokenWebhookVersion?: string
  /** In milliseconds. */
  readonly authenticationTokenWebhookCacheTtl?: number
  readonly enableBootstrapTokenAuth?: boolean
  readonly tokenAuthFile?: string
  readonly serviceAccountIssuer?: readonly string[]
  readonly serviceAccountKeyFile?: readonly string[]
  readonly serviceAccountSigningKeyFile?: string
  /** In milliseconds. */
  readonly serviceAccountMaxTokenExpiration?: number
  readonly serviceAccountExtendTokenExpiration?: boolean
  readonly requestheaderClientCaFile?: string
  readonly requestheaderAllowedNames?: readonly string[]
  readonly requestheaderUsernameHeaders?: readonly string[]
  readonly requestheaderUidHeaders?: readonly string[]
  readonly requestheaderGroupHeaders?: readonly string[]
  readonly requestheaderExtraHeadersPrefix?: readonly string[]
  readonly oidcIssuerUrl?: string
  readonly oidcClientId?: string
  readonly oidcCaFile?: string
  readonly oidcUsernameClaim?: string
  readonly oidcUsernamePrefix?: string
  readonly oidcGroupsClaim?: string
  readonly oidcGroupsPrefix?: string
  readonly oidcSigningAlgs?: readonly string[]
  readonly oidcRequiredClaim?: readonly string[]
}

/** What the flags come to. Throws a sentence for flags that do not go together, and for files that are not what they should be. */
export async function readAuthentication(
  flags: AuthenticationFlags,
  own: { readonly issuer: string; readonly tokenKey: string },
): Promise<AuthenticationSettings> {
  const { tokenAuthFile, authenticationConfig: configFile, anonymousAuth, enableBootstrapTokenAuth = true } = flags
  const tokens = tokenAuthFile && (await readFlagged('token-auth-file', tokenAuthFile, readTokenFile))
  const webhookFile = flags.authenticationTokenWebhookConfigFile
  const flagged = await issuerOf(flags)
  if (configFile && (flagged || anonymousAuth !== undefined))
    throw new Error('--authentication-config does not go together with --oidc-… and --anonymous-auth')
  const serviceAccounts = await serviceAccountsOf(flags, own)
  const configured = configFile
    ? await readFlagged('authentication-config', configFile, text =>
        readAuthenticationConfiguration(text, serviceAccounts.issuers),
      )
    : { jwt: flagged ? [flagged] : [], anonymous: anonymousAuth ?? true }
  return {
    serviceAccounts,
    bootstrapTokens: enableBootstrapTokenAuth,
    ...configured,
    ...(tokens && { tokens }),
    ...(webhookFile && { webhook: await webhookOf(webhookFile, flags) }),
    ...(flags.requestheaderClientCaFile && {
      requestHeader: {
        allowedNames: flags.requestheaderAllowedNames ?? [],
        usernameHeaders: flags.requestheaderUsernameHeaders ?? ['x-remote-user'],
        uidHeaders: flags.requestheaderUidHeaders ?? [],
        groupHeaders: flags.requestheaderGroupHeaders ?? ['x-remote-group'],
        extraHeaderPrefixes: flags.requestheaderExtraHeadersPrefix ?? ['x-remote-extra-'],
      },
    }),
  }
}

/**
 * What the file of --authentication-config comes to while the server runs; nothing without such a file.
 */
export function authenticationChanges(
  { authenticationConfig: file }: AuthenticationFlags,
  { serviceAccounts: { issuers } }: Pick<AuthenticationSettings, 'serviceAccounts'>,
  world: { readonly clock: Clock; readonly log: Log },
): ((signal: AbortSignal) => AsyncIterable<Pick<AuthenticationSettings, 'jwt' | 'anonymous'>>) | undefined {
  if (!file) return undefined
  const parse = (text: string) => readAuthenticationConfiguration(text, issuers)
  return signal => changesIn({ flag: 'authentication-config', file }, parse, world, signal)
}

async function webhookOf(file: string, flags: AuthenticationFlags): Promise<TokenWebhook> {
  const { authenticationTokenWebhookVersion: version = 'v1beta1', authenticationTokenWebhookCacheTtl: ttlMs = 120_000 } = flags
  if (version !== 'v1' && version !== 'v1beta1')
    throw new Error(`unsupported authentication webhook version "${version}", supported versions are "v1", "v1beta1"`)
  return { endpoint: await readEndpoint(file, '--authentication-token-webhook-config-file'), version, ttlMs }
}

async function serviceAccountsOf(
  flags: AuthenticationFlags,
  own: { readonly issuer: string; readonly tokenKey: string },
): Promise<AuthenticationSettings['serviceAccounts']> {
  const [issuer = own.issuer, ...further] = flags.serviceAccountIssuer ?? []
  const keys = flags.serviceAccountKeyFile ?? []
  const signer = flags.serviceAccountSigningKeyFile
  const given = (await Promise.all(keys.map(file => readFlagged('service-account-key-file', file, tokenKeys)))).flat()
  // The cluster's own key is taken in any case: the controllers sign with it what lies in Secrets.
  const formerKeys = [...given, ...(signer ? [tokenKey(own.tokenKey)] : [])]
  const {
    apiAudiences: audiences,
    serviceAccountMaxTokenExpiration: longestMs,
    serviceAccountExtendTokenExpiration: extendsExpiration,
  } = flags
  return {
    issuers: [issuer, ...further],
    key: signer ? await readFlagged('service-account-signing-key-file', signer, signing) : own.tokenKey,
    ...(formerKeys.length > 0 && { formerKeys }),
    ...(audiences && { audiences }),
    ...(longestMs && { longestSeconds: longestMs / 1000 }),
    ...(extendsExpiration !== undefined && { extendsExpiration }),
  }
}

/** A key file's text, if it holds a key. */
function signing(text: string): string {
  tokenKeys(text)
  return text
}

/** The one provider that --oidc-… names; nothing if they name none. */
async function issuerOf(flags: AuthenticationFlags): Promise<JwtIssuer | undefined> {
  const { oidcIssuerUrl: url, oidcClientId: audience, oidcCaFile: caFile, oidcUsernameClaim: claim = 'sub' } = flags
  if (!url !== !audience) throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any is specified')
  if (!url || !audience) return undefined
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw new Error(`--oidc-issuer-url: ${url} is no https URL`)
  const { oidcUsernamePrefix: asked, oidcGroupsClaim: groups, oidcRequiredClaim: required = [] } = flags
  // Upstream's rule: whatever is not an address of mail could be another provider's too.
  const prefix = asked === '-' ? '' : (asked ?? (claim === 'email' ? '' : `${url}#`))
  return {
    url,
    audiences: [audience],
    algorithms: flags.oidcSigningAlgs ?? ['RS256'],
    username: { claim, prefix },
    requiredClaims: Object.fromEntries(required.map(pairOf)),
    ...(groups && { groups: { claim: groups, prefix: flags.oidcGroupsPrefix ?? '' } }),
    ...(caFile && { ca: await readFlagged('oidc-ca-file', caFile, text => text) }),
  }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--oidc-required-claim: ${text} is not KEY=VALUE`)
  return [text.slice(0, at), text.slice(at + 1)]
}
