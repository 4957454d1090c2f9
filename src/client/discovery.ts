import type { Kind } from '#api/kind.ts'

/** A kind the server serves, in the version it prefers, and what may be done with it. */
export interface Served {
  readonly kind: Kind
  readonly verbs: readonly string[]
}

/** apidiscovery.k8s.io/v2 APIGroupDiscoveryList, as far as it is used here. */
interface Groups {
  readonly items: readonly {
    readonly metadata: { readonly name?: string }
    readonly versions: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind: { readonly kind: string }
        readonly scope: 'Namespaced' | 'Cluster'
        readonly verbs: readonly string[]
      }[]
    }[]
  }[]
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Every kind the server serves, each once, found by aggregated discovery. `get` fetches one path, asking for that type. */
export async function discover(get: (path: string, accept: string) => Promise<unknown>): Promise<Served[]> {
  const roots = await Promise.all(['/api', '/apis'].map(path => get(path, accept)))
  return roots.flatMap(root => servedIn(root as Groups))
}

/** A group lists its versions most preferred first: the first that has a resource is the one to use. */
function servedIn({ items }: Groups): Served[] {
  const served = new Map<string, Served>()
  for (const { metadata, versions } of items)
    for (const { version, resources = [] } of versions)
      for (const { resource, responseKind, scope, verbs } of resources) {
        const id = `${resource}.${metadata.name ?? ''}`
        const kind = { group: metadata.name ?? '', version, kind: responseKind.kind, plural: resource, scope }
        if (!served.has(id)) served.set(id, { kind, verbs })
      }
  return [...served.values()]
}
