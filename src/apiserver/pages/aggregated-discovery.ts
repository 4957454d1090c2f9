import { createHash } from 'node:crypto'
import { apiVersion, type Kind } from '#api/kind.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import { isKnown } from '#apiserver/answer/caching.ts'
import type { Allows, Media, Wishes } from '#apiserver/request/negotiate.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Registry } from '#apiserver/store/registry.ts'
import { doorsOf, singularOf, verbsOf } from './discovery.ts'

/**
 * What clients may ask /api and /apis for besides what these say themselves: everything that is served, at once. v2beta1, which
 * kubectl 1.26 to 1.29 ask for, is the same (upstream took it away in 1.35).
 */
export const aggregatedShapes: Allows = shape =>
  shape?.as === 'APIGroupDiscoveryList' &&
  shape.group === 'apidiscovery.k8s.io' &&
  (shape.version === 'v2' || shape.version === 'v2beta1')

/** Aggregated discovery; what it says is worked out once for each generation of the registry. */
export class AggregatedDiscovery {
  readonly #registry: Registry
  #known: { readonly generation: number; readonly core: Told; readonly groups: Told } | undefined

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** The core group at /api, the others at /apis. Not sent to who has it. */
  answer(root: 'api' | 'apis', { headers }: Wishes, accept: Media): Answer {
    const generation = this.#registry.generation
    if (this.#known?.generation !== generation)
      this.#known = { generation, core: tell(this.#registry, true), groups: tell(this.#registry, false) }
    const { items, etag } = root === 'api' ? this.#known.core : this.#known.groups
    const more = { etag, vary: 'Accept', 'cache-control': 'public' }
    const { as, version, type: encoding } = accept
    const type = `${encoding};g=apidiscovery.k8s.io;v=${version};as=${as}`
    if (isKnown(etag, headers)) return { code: 304, type, body: Buffer.alloc(0), headers: more }
    const list = { kind: as, apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }
    return { ...answerValue(200, list, accept, more), type }
  }
}

interface Told {
  readonly items: readonly object[]
  readonly etag: string
}

function tell(registry: Registry, core: boolean): Told {
  const byGroup = new Map<string, object[]>()
  for (const [groupVersion, stores] of registry.groupVersions()) {
    const { group, version } = stores[0]!.resource.kind
    if ((groupVersion === 'v1') !== core) continue
    const resources = stores.map(({ resource }) => described(resource)).sort((a, b) => (a.resource < b.resource ? -1 : 1))
    byGroup.set(group, [...(byGroup.get(group) ?? []), { version, resources, freshness: 'Current' }])
  }
  const items = [...byGroup].map(([name, versions]) => ({ metadata: { ...(name && { name }) }, versions }))
  const hash = createHash('sha512').update(JSON.stringify(items)).digest('hex').toUpperCase()
  return { items, etag: `"${hash}"` }
}

function described(resource: Resource): { readonly resource: string } {
  const { kind, shortNames, categories } = resource
  const subresources = Object.entries(doorsOf(resource)).map(([subresource, door]) => ({
    subresource,
    responseKind: responseKind(door.kind ?? kind, kind),
    verbs: [...door.verbs].sort(),
  }))
  return {
    resource: kind.plural,
    responseKind: responseKind(kind, kind),
    scope: kind.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    singularResource: singularOf(resource),
    verbs: verbsOf(resource),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources: subresources.sort((a, b) => (a.subresource < b.subresource ? -1 : 1)) }),
  } as { readonly resource: string }
}

/** A kind; its group and version are empty where they are those that the resource is listed under. */
function responseKind(kind: Pick<Kind, 'group' | 'version' | 'kind'>, under: Kind): object {
  const own = apiVersion(kind) === apiVersion(under)
  return { group: own ? '' : kind.group, version: own ? '' : kind.version, kind: kind.kind }
}
