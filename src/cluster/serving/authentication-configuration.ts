import type { AuthenticationSettings } from '#apiserver/authentication/authentication.ts'
import { duplicate, tooMany } from '#machinery/causes.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import { jwtIssuer } from './jwt-issuer.ts'
import { Reading } from './reading.ts'

const most = 64

/**
 * Reads an AuthenticationConfiguration (apiserver.config.k8s.io/v1 or v1beta1). `disallowedIssuers`: whose tokens are known in another
 * way. Throws all that is wrong, field by field, in upstream's words; a field that it does not know is wrong.
 */
export function readAuthenticationConfiguration(
  text: string,
  disallowedIssuers: readonly string[] = [],
): Required<Pick<AuthenticationSettings, 'jwt' | 'anonymous'>> {
  const wrong: string[] = []
  const root = new Reading(decodeYaml(text), '', wrong)
  const { kind, apiVersion } = root.value
  if (kind !== 'AuthenticationConfiguration' || !/^apiserver\.config\.k8s\.io\/v1(beta1)?$/.test(`${apiVersion}`))
    throw new Error(
      `no kind "${kind}" is registered for version "${apiVersion}": AuthenticationConfiguration of apiserver.config.k8s.io/v1 is`,
    )
  root.only('kind', 'apiVersion', 'jwt', 'anonymous')
  const authenticators = root.list('jwt')
  if (authenticators.length > most) root.refuse('jwt', tooMany('', authenticators.length, most).message)
  const jwt = authenticators.slice(0, most).map(each => jwtIssuer(each, disallowedIssuers))
  refuseTwice(
    root,
    'url',
    jwt.map(({ url }) => url),
  )
  refuseTwice(
    root,
    'discoveryURL',
    jwt.map(({ discoveryUrl }) => discoveryUrl),
  )
  const anonymous = 'anonymous' in root.value ? anonymousOf(root.at('anonymous')) : true
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return { jwt, anonymous }
}

function refuseTwice(root: Reading, field: string, urls: readonly (string | undefined)[]): void {
  urls.forEach((url, at) => {
    if (url && urls.indexOf(url) < at) root.refuse(`jwt[${at}].issuer.${field}`, duplicate('', url).message)
  })
}

function anonymousOf(anonymous: Reading): NonNullable<AuthenticationSettings['anonymous']> {
  anonymous.only('enabled', 'conditions')
  const isOpen = anonymous.value.enabled === true
  const paths = anonymous.list('conditions').map(condition => condition.only('path').text('path', true))
  if (!isOpen && paths.length > 0) anonymous.refuse('conditions', 'enabled should be set to true when conditions are defined')
  return isOpen && paths.length > 0 ? { paths } : isOpen
}
