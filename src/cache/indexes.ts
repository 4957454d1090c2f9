import type { KubeObject } from '#api/object.ts'
import type { Item } from './news.ts'

/** What each index is called, and the values under which it lists an object. */
export type IndexFunctions<T extends KubeObject> = Readonly<Record<string, (object: T) => Iterable<string>>>

/** Objects by other things than their key. Each change touches only the values of the object that changed. */
export class Indexes<T extends KubeObject> {
  readonly #indexes: ReadonlyMap<
    string,
    { readonly valuesOf: (object: T) => Iterable<string>; readonly found: Map<string, Map<string, T>> }
  >

  constructor(functions: IndexFunctions<T>) {
    this.#indexes = new Map(Object.entries(functions).map(([name, valuesOf]) => [name, { valuesOf, found: new Map() }]))
  }

  /** The objects that an index lists under a value. Throws where there is no such index. */
  by(index: string, value: string): readonly T[] {
    const { found } = this.#indexes.get(index) ?? missing(index)
    return [...(found.get(value)?.values() ?? [])]
  }

  /** The object with this id was `before` and is now `after`. */
  change(id: string, before: Item<T> | undefined, after: Item<T> | undefined): void {
    for (const { valuesOf, found } of this.#indexes.values()) {
      const values = new Set(after && valuesOf(after.object))
      for (const value of before ? valuesOf(before.object) : []) {
        if (values.has(value)) continue
        const objects = found.get(value)
        objects?.delete(id)
        if (objects?.size === 0) found.delete(value)
      }
      for (const value of values) {
        const objects = found.get(value)
        if (objects) objects.set(id, after!.object)
        else found.set(value, new Map([[id, after!.object]]))
      }
    }
  }
}

function missing(index: string): never {
  throw new Error(`there is no index "${index}"`)
}
