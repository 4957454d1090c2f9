import type { KubeObject } from '#api/object.ts'

/** The class that is marked as the default one; of several the newest, and of those the first by name, as upstream chooses. */
export function newestDefault<T extends KubeObject>(classes: readonly T[], annotations: readonly string[]): T | undefined {
  return classes
    .filter(({ metadata }) => annotations.some(name => metadata.annotations?.[name] === 'true'))
    .toSorted((a, b) => {
      const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
      return x === y ? (a.metadata.name! < b.metadata.name! ? -1 : 1) : x > y ? -1 : 1
    })[0]
}
