import { answerText } from '#apiserver/answer/answer.ts'
import { mediaTypes } from '#apiserver/answer/encoding.ts'
import type { ServiceAccountTokens } from '#apiserver/authentication/service-account.ts'
import type { Facts } from '#apiserver/facts.ts'
import type { Page } from '#apiserver/pipeline.ts'
import { asItIs, checkAccept, chosen, negotiate } from '#apiserver/request/negotiate.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Registry } from '#apiserver/store/registry.ts'
import { AggregatedDiscovery, aggregatedShapes } from './aggregated-discovery.ts'
import { discovery } from './discovery.ts'

/** The Kubernetes version we are. */
export const version = { major: '1', minor: '36', gitVersion: 'v1.36.0' }

/** `/version`. */
export const versionPage = ({ buildDate }: { buildDate: string }): Page => {
  const info = {
    ...version,
    emulationMajor: version.major,
    emulationMinor: version.minor,
    minCompatibilityMajor: version.major,
    minCompatibilityMinor: '35',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate,
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  }
  return request => {
    if (request.attributes.path.replace(/\/$/, '') !== '/version') return undefined
    checkAccept(request, ['application/json'])
    return indented(info)
  }
}

/** One thing that must be well for the server to be well. Throws, or rejects, with what is wrong. */
export interface Check {
  readonly name: string
  /** Checked by /readyz only: not yet, but no reason to be restarted. */
  readonly readyOnly?: boolean
  check(): Promise<void> | void
}

/** `/livez`, `/readyz`, `/healthz`, with `?verbose` and `?exclude=`, and one path for each check (upstream: server/healthz). */
export const healthPages = (checks: readonly Check[]): Page => {
  return async ({ attributes: { path }, query }) => {
    const [, door, ...rest] = path.split('/')
    if (door !== 'livez' && door !== 'readyz' && door !== 'healthz') return undefined
    const mine = checks.filter(({ readyOnly }) => door === 'readyz' || !readyOnly)
    const single = rest.join('/')
    if (!single) return health(door, mine, query.getAll('exclude'), query.has('verbose'))
    const found = mine.find(({ name }) => name === single)
    return found && health(door, [found], [], false)
  }
}

async function health(door: string, checks: readonly Check[], excluded: readonly string[], verbose: boolean): Promise<Answer> {
  const lines: string[] = []
  let failed = 0
  for (const { name, check } of checks) {
    if (excluded.includes(name)) {
      lines.push(`[+]${name} excluded: ok`)
      continue
    }
    try {
      await check()
      lines.push(`[+]${name} ok`)
    } catch {
      failed++
      lines.push(`[-]${name} failed: reason withheld`)
    }
  }
  const unknown = excluded.filter(name => !checks.some(check => check.name === name))
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map(name => JSON.stringify(name)).join(',')}`,
    )
  const text =
    failed > 0 ? `${lines.join('\n')}\n${door} check failed\n` : verbose ? `${lines.join('\n')}\n${door} check passed\n` : 'ok'
  return answerText(failed > 0 ? 500 : 200, text)
}

/** `/api`, `/apis` and below, in the legacy and the aggregated form. */
export const discoveryPages = (registry: Registry, { message }: Facts, address: () => string): Page => {
  const aggregated = new AggregatedDiscovery(registry)
  return request => {
    const path = request.attributes.path.split('/').filter(Boolean)
    const [root] = path
    if (root !== 'api' && root !== 'apis') return undefined
    checkAccept(request, mediaTypes)
    const accept = path.length === 1 ? chosen(request, message, aggregatedShapes) : undefined
    if (accept?.as) return aggregated.answer(root, request, accept)
    return discovery(registry, path, negotiate(request, message, asItIs), address())
  }
}

/** What others need to recognise service-account tokens: OpenID Connect's discovery document and the keys (upstream: routes/openidmetadata.go). */
export const openIdPages = (
  tokens: Pick<ServiceAccountTokens, 'issuer' | 'keySet' | 'algorithms'>,
  address: () => string,
): Page => {
  const { issuer, keySet, algorithms } = tokens
  return ({ attributes: { path } }) => {
    const trimmed = path.replace(/\/$/, '')
    const answer = (type: string, value: object): Answer => ({ code: 200, type, body: Buffer.from(JSON.stringify(value)) })
    if (trimmed === '/openid/v1/jwks') return answer('application/jwk-set+json', keySet)
    if (trimmed !== '/.well-known/openid-configuration') return undefined
    return answer('application/json', {
      issuer,
      jwks_uri: `https://${address()}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: algorithms,
    })
  }
}

/** `/`: the paths there are. */
export const rootPage = (registry: Registry): Page => {
  return ({ attributes: { path } }) => {
    if (path !== '/') return undefined
    const groups = [...registry.groupVersions().keys()].filter(name => name.includes('/'))
    const paths = new Set([
      '/api',
      '/api/v1',
      '/apis',
      ...groups.flatMap(name => [`/apis/${name.split('/')[0]}`, `/apis/${name}`]),
    ])
    const others = ['/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version']
    return indented({ paths: [...paths, ...others].sort() })
  }
}

/** JSON for people, whatever they say they accept (upstream: WriteRawJSON). */
const indented = (value: object): Answer => ({
  code: 200,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value, null, 2)),
})
