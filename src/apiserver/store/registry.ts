import { apiVersion } from '#api/kind.ts'
import { byPriority } from '#apiserver/pages/priorities.ts'
import type { Store } from './store.ts'

/** What is served: every store, by its place in the URL. */
export class Registry {
  readonly #stores = new Map<string, Store>()
  readonly #versions = new Set<string>()
  #generation = 0
  #sorted: ReadonlyMap<string, readonly Store[]> | undefined

  /** Another number whenever something else is served: what was made of the registry before is to be made anew. */
  get generation(): number {
    return this.#generation
  }

  /** Serves a store from now on. */
  add(store: Store): void {
    const { group, version, plural } = store.resource.kind
    this.#stores.set(`${group}/${version}/${plural}`, store)
    this.#versions.add(`${group}/${version}`)
    this.#generation++
    this.#sorted = undefined
  }

  find(group: string, version: string, plural: string): Store | undefined {
    return this.#stores.get(`${group}/${version}/${plural}`)
  }

  /** Whether there is anything of a group version. */
  serves(group: string, version: string): boolean {
    return this.#versions.has(`${group}/${version}`)
  }

  /** Every store, in the order of registration. */
  all(): Iterable<Store> {
    return this.#stores.values()
  }

  /** The group versions served, each with its stores, in the order in which clients are to prefer them. Core is `v1`. */
  groupVersions(): ReadonlyMap<string, readonly Store[]> {
    this.#sorted ??= new Map(
      Object.entries(Object.groupBy(this.#stores.values(), ({ resource: { kind } }) => apiVersion(kind)))
        .map(([name, stores]) => [name, stores!] as const)
        .sort(([, [a]], [, [b]]) => byPriority(a!.resource.kind, b!.resource.kind)),
    )
    return this.#sorted
  }
}
