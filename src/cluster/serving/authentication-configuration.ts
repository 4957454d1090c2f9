import type { AuthenticationSettings } from '#apiserver/authentication/authentication.ts'
import type { JwtIssuer } from '#apiserver/authentication/oidc.ts'
import { decodeYaml } from '#machinery/yaml.ts'

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

/** A map of a file on the way to being understood: what is wrong is noted with its path, and reading goes on. */
class Reading {
  readonly value: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #wrong: string[]

  constructor(value: unknown, path: string, wrong: string[]) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isMap) wrong.push(`${path || 'the file'}: must be a map`)
    this.value = isMap ? (value as Record<string, unknown>) : {}
    this.#path = path
    this.#wrong = wrong
  }

  refuse(field: string, why: string): void {
    this.#wrong.push(`${this.#of(field)}: ${why}`)
  }

  /** Refuses every other field. */
  only(...fields: readonly string[]): this {
    for (const field of Object.keys(this.value))
      if (/expression$/i.test(field)) this.refuse(field, 'expressions of CEL are not supported')
      else if (!fields.includes(field)) this.refuse(field, 'unknown field')
    return this
  }

  at(field: string): Reading {
    return new Reading(this.value[field] ?? {}, this.#of(field), this.#wrong)
  }

  list(field: string): Reading[] {
    return this.#items(field).map((item, at) => new Reading(item, `${this.#of(field)}[${at}]`, this.#wrong))
  }

  text(field: string, isRequired = false): string {
    const value = this.value[field] ?? ''
    if (typeof value !== 'string') this.refuse(field, 'must be a string')
    else if (isRequired && !value) this.refuse(field, 'Required value')
    return typeof value === 'string' ? value : ''
  }

  texts(field: string): string[] {
    return this.#items(field).filter(item => {
      if (typeof item !== 'string') this.refuse(field, 'must be strings')
      return typeof item === 'string'
    })
  }

  #items(field: string): unknown[] {
    const value = this.value[field] ?? []
    if (!Array.isArray(value)) this.refuse(field, 'must be a list')
    return Array.isArray(value) ? value : []
  }

  #of(field: string): string {
    return this.#path ? `${this.#path}.${field}` : field
  }
}
