import { createHash } from 'node:crypto'
import { apiVersion, type Kind } from '#api/kind.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import type { Media } from '#apiserver/request/negotiate.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Resource, ResourceVerb, Subresource } from '#apiserver/resource.ts'
import type { Registry } from '#apiserver/store/registry.ts'

/** What clients ask to learn what is served, one answer a group and version: /api, /apis and below. Nothing: no such path. */
export function discovery(registry: Registry, path: readonly string[], accept: Media, address: string): Answer | undefined {
  const [root, group, version, ...more] = path
  if (more.length > 0) return undefined
  const found = root === 'api' ? core(registry, group, version, address) : ofGroups(registry, group, version)
  return found && answerValue(200, found, accept)
}

/** The core group's lists have no apiVersion, as they had none in the days of 1.1. */
function core(registry: Registry, version: string | undefined, more: string | undefined, address: string): object | undefined {
  if (more !== undefined) return undefined
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }]
  if (version === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs }
  const resources = version === 'v1' && resourcesOf(registry, 'v1')
  return resources ? { kind: 'APIResourceList', groupVersion: 'v1', resources } : undefined
}

function ofGroups(registry: Registry, group: string | undefined, version: string | undefined): object | undefined {
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(registry) }
  if (version === undefined) {
    const found = groups(registry).find(({ name }) => name === group)
    return found && { kind: 'APIGroup', apiVersion: 'v1', ...found }
  }
  const groupVersion = `${group}/${version}`
  const resources = resourcesOf(registry, groupVersion)
  return resources && { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
}

const everyVerb: readonly ResourceVerb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const statusDoor: Subresource = { verbs: ['get', 'patch', 'update'] }

/** The doors of a resource: its own, and status where it has one. */
export const doorsOf = ({ status, subresources = {} }: Resource): Readonly<Record<string, Subresource>> =>
  status ? { ...subresources, status: statusDoor } : subresources

/** The verbs that a resource's main door takes. */
export const verbsOf = ({ verbs = everyVerb }: Resource): readonly ResourceVerb[] => verbs

/** What one of a resource is called. */
export const singularOf = ({ singular, kind }: Resource): string => singular ?? kind.kind.toLowerCase()

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

function resourcesOf(registry: Registry, groupVersion: string): object[] | undefined {
  return registry
    .groupVersions()
    .get(groupVersion)
    ?.flatMap(({ resource }) => {
      const { kind, shortNames, categories, conversion, answer } = resource
      const namespaced = kind.scope === 'Namespaced'
      const main = {
        name: kind.plural,
        singularName: singularOf(resource),
        namespaced,
        kind: kind.kind,
        verbs: verbsOf(resource),
        ...(shortNames && { shortNames }),
        ...(categories && { categories }),
        ...(!answer && { storageVersionHash: storageVersionHash(conversion?.stored ?? kind) }),
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
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Tells clients when objects have come to be stored in another version (upstream: StorageVersionHash). */
const storageVersionHash = ({ group, version, kind }: Kind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
