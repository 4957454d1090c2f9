import { apiVersion } from '#api/kind.ts'
import { hashOf } from '#machinery/hash.ts'
import { answerValue } from './answer.ts'
import type { Media } from './negotiate.ts'
import type { Registry } from './registry.ts'
import type { Answer } from './request.ts'
import type { Resource, ResourceVerb, Subresource } from './resource.ts'

/** What clients ask to learn what is served: /api, /apis and below, in the legacy and the aggregated form. Nothing: no such path. */
export function discovery(registry: Registry, path: string, accept: Media, address: string): Answer | undefined {
  const [root, group, version, ...more] = path.split('/').filter(Boolean)
  if (more.length > 0) return undefined
  if (root === 'api') {
    if (group === undefined)
      return accept.as === 'APIGroupDiscoveryList'
        ? aggregated(registry, accept, true)
        : answerValue(200, coreVersions(address), accept)
    return version === undefined && group === 'v1' ? resourceList(registry, 'v1', accept) : undefined
  }
  if (root !== 'apis') return undefined
  if (group === undefined)
    return accept.as === 'APIGroupDiscoveryList'
      ? aggregated(registry, accept, false)
      : answerValue(200, groupList(registry), accept)
  if (version !== undefined) return resourceList(registry, `${group}/${version}`, accept)
  const found = groups(registry).find(each => each.name === group)
  return found && answerValue(200, { kind: 'APIGroup', apiVersion: 'v1', ...found }, accept)
}

const everyVerb: readonly ResourceVerb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const statusDoor: Subresource = { verbs: ['get', 'patch', 'update'] }

/** The doors of a resource: its own, and status where it has one. */
export const doorsOf = ({ status, subresources = {} }: Resource): Readonly<Record<string, Subresource>> =>
  status ? { ...subresources, status: statusDoor } : subresources

/** The verbs that a resource's main door takes. */
export const verbsOf = ({ verbs = everyVerb }: Resource): readonly ResourceVerb[] => verbs

const singularOf = ({ singular, kind }: Resource): string => singular ?? kind.kind.toLowerCase()

const coreVersions = (address: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
})

interface Group {
  readonly name: string
  readonly versions: readonly { groupVersion: string; version: string }[]
  readonly preferredVersion: { groupVersion: string; version: string }
}

function groups(registry: Registry): Group[] {
  const versions = new Map<string, { groupVersion: string; version: string }[]>()
  for (const groupVersion of registry.groupVersions().keys()) {
    const [group, version] = groupVersion.split('/')
    if (version) versions.set(group!, [...(versions.get(group!) ?? []), { groupVersion, version }])
  }
  return [...versions].map(([name, all]) => ({ name, versions: all, preferredVersion: all[0]! }))
}

const groupList = (registry: Registry): object => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups(registry) })

function resourceList(registry: Registry, groupVersion: string, accept: Media): Answer | undefined {
  const stores = registry.groupVersions().get(groupVersion)
  if (!stores) return undefined
  const resources = stores.flatMap(({ resource }) => {
    const { kind, shortNames, categories, conversion } = resource
    const namespaced = kind.scope === 'Namespaced'
    const main = {
      name: kind.plural,
      singularName: singularOf(resource),
      namespaced,
      kind: kind.kind,
      verbs: verbsOf(resource),
      ...(shortNames && { shortNames }),
      ...(categories && { categories }),
      storageVersionHash: hashOf(conversion?.stored ?? kind),
    }
    const doors = Object.entries(doorsOf(resource)).map(([name, door]) => ({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced,
      ...(door.kind && apiVersion(door.kind) !== groupVersion && { group: door.kind.group, version: door.kind.version }),
      kind: door.kind?.kind ?? kind.kind,
      verbs: [...door.verbs].sort(),
    }))
    return [main, ...doors]
  })
  resources.sort((a, b) => (a.name < b.name ? -1 : 1))
  return answerValue(200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }, accept)
}

function aggregated(registry: Registry, accept: Media, core: boolean): Answer {
  const byGroup = new Map<string, object[]>()
  for (const [groupVersion, stores] of registry.groupVersions()) {
    const { group, version } = stores[0]!.resource.kind
    if ((groupVersion === 'v1') !== core) continue
    const resources = stores.map(({ resource }) => described(resource))
    byGroup.set(group, [...(byGroup.get(group) ?? []), { version, resources, freshness: 'Current' }])
  }
  const items = [...byGroup].map(([name, versions]) => ({
    metadata: { ...(name && { name }), creationTimestamp: null },
    versions,
  }))
  const { version = 'v2' } = accept
  const answer = answerValue(
    200,
    { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items },
    accept,
  )
  return { ...answer, type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` }
}

/** One resource of the aggregated form. */
function described(resource: Resource): object {
  const { kind, shortNames, categories } = resource
  const responseKind = ({ group, version, kind: name }: { group: string; version: string; kind: string }): object => ({
    group,
    version,
    kind: name,
  })
  const subresources = Object.entries(doorsOf(resource)).map(([subresource, door]) => ({
    subresource,
    responseKind: responseKind(door.kind ?? kind),
    verbs: [...door.verbs].sort(),
  }))
  return {
    resource: kind.plural,
    responseKind: responseKind(kind),
    scope: kind.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    singularResource: singularOf(resource),
    verbs: verbsOf(resource),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources }),
  }
}
