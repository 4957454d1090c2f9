import { apiVersion, type Kind } from '#api/kind.ts'
import { hashOf } from '#machinery/hash.ts'
import { doorsOf, verbsOf } from './discovery.ts'
import type { Described, Facts } from './facts.ts'
import type { Page } from './pipeline.ts'
import type { Registry } from './registry.ts'
import type { Answer } from './request.ts'
import type { Resource } from './resource.ts'

/** `/openapi/v2` and `/openapi/v3`. Documents are made when they are first asked for, and their bytes kept until what is served changes. */
export function openApiPages(registry: Registry, facts: Facts): Page {
  const kept = new Map<string, { hash: string; bytes: Buffer }>()
  const document = (name: string, hash: string, make: () => object): Answer => {
    let found = kept.get(name)
    if (found?.hash !== hash) kept.set(name, (found = { hash, bytes: Buffer.from(JSON.stringify(make())) }))
    return { code: 200, type: 'application/json', body: found.bytes, headers: { etag: `"${hash}"`, vary: 'Accept' } }
  }

  return ({ attributes: { path } }) => {
    const [root, version, ...where] = path.split('/').filter(Boolean)
    if (root !== 'openapi') return undefined
    const groups = groupsOf(registry)
    if (version === 'v2' && where.length === 0) {
      const served = groups.flatMap(each => each.served)
      return document('v2', hashOf(served), () => facts.documentV2(served))
    }
    if (version !== 'v3') return undefined
    if (where.length === 0) return { code: 200, type: 'application/json', body: Buffer.from(JSON.stringify(index(groups))) }
    const group = groups.find(each => each.path === where.join('/'))
    return group && document(group.path, group.hash, () => facts.documentV3(group.of, group.served))
  }
}

interface Group {
  readonly of: Pick<Kind, 'group' | 'version'>
  /** `api/v1`, `apis/apps/v1` */
  readonly path: string
  readonly hash: string
  readonly served: readonly Described[]
}

function groupsOf(registry: Registry): Group[] {
  return Array.from(registry.groupVersions().values(), stores => {
    const { kind: of } = stores[0]!.resource
    const served = stores.map(({ resource }) => described(resource))
    return { of, path: `${of.group ? 'apis' : 'api'}/${apiVersion(of)}`, hash: hashOf(served), served }
  })
}

/** Which documents there are. The hash in a URL lets clients keep what they have until it changes. */
const index = (groups: readonly Group[]): object => ({
  paths: Object.fromEntries(groups.map(({ path, hash }) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }])),
})

function described(resource: Resource): Described {
  const doors = Object.entries(doorsOf(resource)).map(
    ([name, { kind, verbs }]) => [name, { ...(kind && { kind }), verbs }] as const,
  )
  const { kind, returnsDeleted } = resource
  return { kind, verbs: verbsOf(resource), ...(returnsDeleted && { returnsDeleted }), subresources: Object.fromEntries(doors) }
}
