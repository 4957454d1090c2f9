import type { KubeObject } from '#api/object.ts'
import type { Item, Told, WatchEvent } from '#cache/cache.ts'
import { once } from '#machinery/remember.ts'
import type { MediaType } from './encoding.ts'
import type { Frames } from './frames.ts'

/** Encodings that any number of watchers and lists share: whoever needs one first makes it, and it is kept as long as what it says. */
export class Encodings {
  readonly #frames: Readonly<Record<MediaType, WeakMap<Told<KubeObject>, Uint8Array>>> = {
    'application/json': new WeakMap(),
    'application/yaml': new WeakMap(),
    'application/vnd.kubernetes.protobuf': new WeakMap(),
  }
  readonly #batches: Readonly<Record<MediaType, WeakMap<readonly WatchEvent<KubeObject>[], Frames>>> = {
    'application/json': new WeakMap(),
    'application/yaml': new WeakMap(),
    'application/vnd.kubernetes.protobuf': new WeakMap(),
  }
  readonly #packed = new WeakMap<Item, Uint8Array>()
  readonly #metadata = new WeakMap<Item, Uint8Array>()

  /** The frame of a watch event in an encoding. */
  framed(event: Told<KubeObject>, type: MediaType, make: () => Uint8Array): Uint8Array {
    return once(this.#frames[type], event, make)
  }

  /** The frames of all the events that a watcher is told at once. */
  batch(events: readonly WatchEvent<KubeObject>[], type: MediaType, make: () => Frames): Frames {
    return once(this.#batches[type], events, make)
  }

  /** An item's protobuf, as lists hold it. */
  packed(item: Item, make: () => Uint8Array): Uint8Array {
    return once(this.#packed, item, make)
  }

  /** An item's metadata, as rows of tables hold it. */
  metadata(item: Item, make: () => Uint8Array): Uint8Array {
    return once(this.#metadata, item, make)
  }
}
