import type { Kind } from '#api/kind.ts'
import { folderOf } from './facts.ts'
import { type Operation, operations } from './operations.ts'
import type { Parameter } from './parameters.ts'
import type { Facts } from './schemas.ts'
import type { Served } from './served.ts'

/** The operations of one path, and the parameters that all of them take. */
export interface PathItem {
  readonly parameters: readonly Parameter[]
  readonly operations: readonly Operation[]
}

/** What can be done at each path, in the order of paths. */
export function byPath(served: Iterable<Served>, facts: Facts): Map<string, PathItem> {
  const paths = new Map<string, Operation[]>()
  for (const each of served) {
    for (const operation of operations(each)) {
      const told = withOptions(operation, facts)
      paths.set(told.path, [...(paths.get(told.path) ?? []), told])
    }
  }
  const sorted = [...paths].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([path, all]) => [path, gathered(all)]))
}

/** Parameters that every operation of a path takes are told once. */
function gathered(all: readonly Operation[]): PathItem {
  const everywhere = (name: string): boolean =>
    all.every(({ parameters }) => parameters.some(parameter => parameter.name === name))
  const shared = all[0]!.parameters.filter(({ name }) => everywhere(name)).toSorted(byName)
  return {
    parameters: shared,
    operations: all.map(operation => ({
      ...operation,
      parameters: operation.parameters.filter(({ name }) => !everywhere(name)).toSorted(byName),
    })),
  }
}

const byName = (a: Parameter, b: Parameter): number => (a.name < b.name ? -1 : 1)

/** Connections and logs take the members of their options type as parameters. */
function withOptions(operation: Operation, facts: Facts): Operation {
  const log = operation.path.endsWith('/pods/{name}/log')
  const options = log ? 'core.v1.PodLogOptions' : operation.action === 'connect' ? typeOf(operation.identity, facts) : undefined
  if (!options) return operation
  const { answer, ...rest } = operation
  const taken = (facts.type(options)?.fields ?? []).flatMap(({ name, type }): Parameter[] => {
    const kind = parameterTypes[type?.replace('[]', '') ?? '']
    return name && kind ? [{ name, in: 'query', type: kind }] : []
  })
  return { ...rest, parameters: [...operation.parameters, ...taken] }
}

const parameterTypes: Readonly<Record<string, Parameter['type']>> = {
  string: 'string',
  boolean: 'boolean',
  int32: 'integer',
  int64: 'integer',
}

/** The name in the facts of a kind's type. Kinds of meta/v1 are found from any group. */
export function typeOf({ group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>, facts: Facts): string {
  const own = `${folderOf(group)}.${version}.${kind}`
  return facts.type(own) ? own : `meta.v1.${kind}`
}
