import type { AuthenticationSettings } from '#apiserver/authentication/authentication.ts'
import type { JwtIssuer } from '#apiserver/authentication/oidc.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import { Reading } from './reading.ts'

/** The algorithms upstream takes of providers: those with a public key. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']

/**
 * Reads an AuthenticationConfiguration (apiserver.config.k8s.io/v1 or v1beta1). Expressions of CEL are not supported: a file that has
 * one is refused, as is every field that it does not know. Throws all that is wrong, field by field.
 */
export function readAuthenticationConfiguration(text: string): Required<Pick<AuthenticationSettings, 'jwt' | 'anonymous'>> {
  const wrong: string[] = []
  const root = new Reading(decodeYaml(text), '', wrong)
  const { kind, apiVersion } = root.value
  if (kind !== 'AuthenticationConfiguration' || !/^apiserver\.config\.k8s\.io\/v1(beta1)?$/.test(`${apiVersion}`))
    throw new Error(
      `no kind "${kind}" is registered for version "${apiVersion}": AuthenticationConfiguration of apiserver.config.k8s.io/v1 is`,
    )
  root.only('kind', 'apiVersion', 'jwt', 'anonymous')
  const jwt = root.list('jwt').map(issuerOf)
  const urls = jwt.map(({ url }) => url)
  urls.forEach((url, at) => {
    if (urls.indexOf(url) < at) root.refuse(`jwt[${at}].issuer.url`, `Duplicate value: ${JSON.stringify(url)}`)
  })
  const anonymous = 'anonymous' in root.value ? anonymousOf(root.at('anonymous')) : true
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return { jwt, anonymous }
}

function anonymousOf(anonymous: Reading): NonNullable<AuthenticationSettings['anonymous']> {
  anonymous.only('enabled', 'conditions')
  const isOpen = anonymous.value.enabled === true
  const paths = anonymous.list('conditions').map(condition => condition.only('path').text('path', true))
  if (!isOpen && paths.length > 0) anonymous.refuse('conditions', 'enabled should be set to true when conditions are defined')
  return isOpen && paths.length > 0 ? { paths } : isOpen
}

function issuerOf(authenticator: Reading): JwtIssuer {
  authenticator.only('issuer', 'claimValidationRules', 'claimMappings')
  const issuer = authenticator
    .at('issuer')
    .only('url', 'discoveryURL', 'certificateAuthority', 'audiences', 'audienceMatchPolicy')
  const mappings = authenticator.at('claimMappings').only('username', 'groups', 'uid')
  const url = issuer.text('url', true)
  if (url && !url.startsWith('https://')) issuer.refuse('url', `Invalid value: ${JSON.stringify(url)}: URL scheme must be https`)
  const audiences = issuer.texts('audiences')
  if (audiences.length === 0) issuer.refuse('audiences', 'Required value: at least one jwt[].issuer.audiences is required')
  if (audiences.length > 1 && issuer.value.audienceMatchPolicy !== 'MatchAny')
    issuer.refuse('audienceMatchPolicy', 'Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences')
  const rules = authenticator.list('claimValidationRules').map(rule => rule.only('claim', 'requiredValue'))
  const username = mappings.at('username').only('claim', 'prefix')
  if (username.text('claim') && !('prefix' in username.value))
    username.refuse(
      'prefix',
      'Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    )
  const [discoveryUrl, ca, uid] = [
    issuer.text('discoveryURL'),
    issuer.text('certificateAuthority'),
    'uid' in mappings.value ? mappings.at('uid').only('claim').text('claim') : '',
  ]
  return {
    url,
    audiences,
    algorithms,
    username: { claim: username.text('claim', true), prefix: username.text('prefix') },
    requiredClaims: Object.fromEntries(rules.map(rule => [rule.text('claim', true), rule.text('requiredValue')])),
    ...('groups' in mappings.value && { groups: groupsOf(mappings.at('groups')) }),
    ...(uid && { uid }),
    ...(discoveryUrl && { discoveryUrl }),
    ...(ca && { ca }),
  }
}

const groupsOf = (groups: Reading): NonNullable<JwtIssuer['groups']> => {
  groups.only('claim', 'prefix')
  return { claim: groups.text('claim', true), prefix: groups.text('prefix') }
}
