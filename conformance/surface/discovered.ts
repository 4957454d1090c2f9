import { readFileSync } from 'node:fs'
import type { Ask } from './cell.ts'

/** One resource, or a door of one, as discovery lists it. */
export interface Listed {
  readonly groupVersion: string
  /** `pods`, `pods/log`. */
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  /** What a door takes, where that is of another group. */
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

interface ResourceList {
  readonly groupVersion: string
  readonly resources: readonly Omit<Listed, 'groupVersion'>[]
}

/** Everything that a server says it serves. */
export async function discovered(ask: Ask): Promise<Listed[]> {
  const { groups } = (await ask('/apis')).json<{ groups: { versions: { groupVersion: string }[] }[] }>()
  const versions = ['v1', ...groups.flatMap(group => group.versions.map(({ groupVersion }) => groupVersion))]
  const lists = await Promise.all(versions.map(async version => (await ask(rootOf(version))).json<ResourceList>()))
  return lists.flatMap(({ groupVersion, resources }) => resources.map(resource => ({ ...resource, groupVersion })))
}

/** Where a group version lies. */
export const rootOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Every resource and verb that upstream's v1.36 serves by default: `groupVersion resource verb`. */
export function upstreamCells(): string[] {
  const lines = readFileSync(new URL('upstream.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.flatMap(line => {
    const [version, resource, verbs = ''] = line.split('\t')
    return (verbs === 'all' ? all : verbs.split(' ')).map(verb => `${version} ${resource} ${verb}`)
  })
}
