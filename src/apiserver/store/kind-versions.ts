import { apiVersion, type Kind, qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Versions } from '#machinery/apply/versions.ts'
import type { Schema } from '#machinery/schema.ts'

/** Finds the versions of a kind: the stored one, and those that are made of it. */
export function versionsOf(
  resources: readonly Resource[],
  schema: (resource: Resource) => Schema | undefined,
): (resource: Resource) => Versions {
  const homes = new Map<string, Versions>()
  return resource => {
    const home = homeOf(resource)
    let versions = homes.get(home)
    if (!versions) {
      const all = resources.filter(each => homeOf(each) === home)
      homes.set(home, (versions = versionsAmong(all.length > 0 ? all : [resource], schema)))
    }
    return versions
  }
}

const homeOf = ({ kind, conversion }: Resource): string => identity(conversion?.stored ?? kind)

const identity = (kind: Kind): string => `${qualified(kind)}/${kind.version}`

function versionsAmong(resources: readonly Resource[], schema: (resource: Resource) => Schema | undefined): Versions {
  const byVersion = new Map(resources.map(resource => [apiVersion(resource.kind), resource]))
  return {
    schema: version => {
      const resource = byVersion.get(version)
      return resource && schema(resource)
    },
    convert: (object, version) => {
      const from = byVersion.get(object.apiVersion as string)
      const to = byVersion.get(version)
      if (!from || !to || from === to) return to && object
      const stored = from.conversion ? from.conversion.to(object as unknown as KubeObject) : (object as unknown as KubeObject)
      return { ...(to.conversion ? to.conversion.from(stored) : stored) }
    },
  }
}
