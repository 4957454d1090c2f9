import type { KubeObject } from '#api/object.ts'
import type { Conversion } from '#apiserver/resource.ts'
import type { Item } from '#cache/cache.ts'
import { once } from '#machinery/remember.ts'
import type { Stored } from './stored.ts'

/** Shows stored objects as another version of their kind: each once, however many look, and encodes only what is sent. */
export class Lens {
  readonly #from: Conversion['from']
  readonly #form: Stored
  readonly #objects = new WeakMap<KubeObject, KubeObject>()
  readonly #items = new WeakMap<Item, Item>()

  /** `form`: how objects of the version look as bytes. */
  constructor({ from }: Conversion, form: Stored) {
    this.#from = from
    this.#form = form
  }

  object(stored: KubeObject): KubeObject {
    return once(this.#objects, stored, () => this.#from(stored))
  }

  item(stored: Item): Item {
    return once(this.#items, stored, () => {
      const { revision } = stored
      const object = this.object(stored.object)
      const form = this.#form
      let bytes: Uint8Array | undefined
      return {
        object,
        revision,
        get bytes() {
          return (bytes ??= form.made(object, revision).bytes!)
        },
      }
    })
  }
}
