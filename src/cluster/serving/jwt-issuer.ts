import { X509Certificate } from 'node:crypto'
import type { JwtIssuer } from '#apiserver/authentication/oidc.ts'
import { duplicate, invalidValue, required } from '#machinery/causes.ts'
import { claimMappings } from './claim-mappings.ts'
import type { Reading } from './reading.ts'

/** The algorithms upstream takes of providers: those with a public key. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']

/** Reads a provider of AuthenticationConfiguration (upstream: apiserver/pkg/apis/apiserver/validation). */
export function jwtIssuer(authenticator: Reading, disallowed: readonly string[]): JwtIssuer {
  authenticator.only('issuer', 'claimValidationRules', 'claimMappings', 'userValidationRules')
  const issuer = authenticator
    .at('issuer')
    .only('url', 'discoveryURL', 'certificateAuthority', 'audiences', 'audienceMatchPolicy')
  const url = issuer.text('url', true)
  const discoveryUrl = issuer.text('discoveryURL')
  const ca = issuer.text('certificateAuthority')
  if (disallowed.includes(url))
    refuse(issuer, 'url', url, `URL must not overlap with disallowed issuers: [${disallowed.toSorted().join(' ')}]`)
  if (url) checkUrl(issuer, 'url', url)
  if (discoveryUrl) {
    if (url && trimmed(url) === trimmed(discoveryUrl))
      refuse(issuer, 'discoveryURL', discoveryUrl, 'discoveryURL must be different from URL')
    checkUrl(issuer, 'discoveryURL', discoveryUrl)
  }
  if (ca && !holdsCertificate(ca))
    refuse(issuer, 'certificateAuthority', '<omitted>', 'data does not contain any valid RSA or ECDSA certificates')
  return {
    url,
    audiences: audiencesOf(issuer),
    algorithms,
    ...claimMappings(authenticator),
    ...(discoveryUrl && { discoveryUrl }),
    ...(ca && { ca }),
  }
}

const refuse = (reading: Reading, field: string, value: string, why: string): void =>
  reading.refuse(field, invalidValue('', value, why).message)

const trimmed = (url: string): string => url.replace(/\/+$/, '')

function checkUrl(issuer: Reading, field: string, text: string): void {
  const url = URL.parse(text)
  if (!url) refuse(issuer, field, text, `parse ${JSON.stringify(text)}: invalid URI for request`)
  if (url && url.protocol !== 'https:') refuse(issuer, field, text, 'URL scheme must be https')
  if (url?.username || url?.password) refuse(issuer, field, text, 'URL must not contain a username or password')
  if (url?.search) refuse(issuer, field, text, 'URL must not contain a query')
  if (url?.hash) refuse(issuer, field, text, 'URL must not contain a fragment')
}

function audiencesOf(issuer: Reading): readonly string[] {
  const audiences = issuer.texts('audiences')
  const policy = issuer.text('audienceMatchPolicy')
  if (audiences.length === 0) issuer.refuse('audiences', required('', 'at least one jwt[].issuer.audiences is required').message)
  audiences.forEach((audience, at) => {
    if (!audience) issuer.refuse(`audiences[${at}]`, required('').message)
    if (audiences.indexOf(audience) < at) issuer.refuse(`audiences[${at}]`, duplicate('', audience).message)
  })
  if (audiences.length > 1 && policy !== 'MatchAny')
    refuse(issuer, 'audienceMatchPolicy', policy, 'audienceMatchPolicy must be MatchAny for multiple audiences')
  if (audiences.length === 1 && policy && policy !== 'MatchAny')
    refuse(issuer, 'audienceMatchPolicy', policy, 'audienceMatchPolicy must be empty or MatchAny for single audience')
  return audiences
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
