import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { StatusError } from '#api/status.ts'
import type { Store } from '#apiserver/store/store.ts'
import type { Item, Told, WatchEvent } from '#cache/cache.ts'
import { watchFrame } from '#machinery/codec/encode.ts'
import type { View } from './answer.ts'
import { encode } from './encoding.ts'
import { Frames } from './frames.ts'
import { partial, partialJson } from './partial.ts'
import { table } from './table.ts'

/** Says the events of one watch, as lines of JSON or frames of protobuf, in the shape that the watcher wants to see. */
export class Teller {
  readonly #store: Store
  readonly #view: View
  /** A table's columns are told once. */
  #headed = false

  constructor(store: Store, view: View) {
    this.#store = store
    this.#view = view
  }

  /** What there is already, as additions. */
  present(items: readonly Item[]): Frames {
    return new Frames(items.map(item => this.#event({ type: 'ADDED', item })))
  }

  /** Objects as they are: encoded once, however many watchers there are. */
  batch(events: readonly WatchEvent<KubeObject>[]): Frames {
    const make = (): Frames => new Frames(events.map(event => this.#frame(event)))
    const { as, type } = this.#view.accept
    return as ? make() : this.#store.encodings.batch(events, type, make)
  }

  /** A bookmark: an object that has nothing but a resourceVersion. */
  bookmark(revision: number, initialEventsEnd = false): Frames {
    return new Frames([this.#bookmark(revision, initialEventsEnd)])
  }

  /** The last line of a watch that cannot go on. */
  error({ status }: StatusError): Frames {
    return new Frames([this.#say('ERROR', status)])
  }

  #bookmark(revision: number, initialEventsEnd: boolean): Uint8Array {
    const { kind } = this.#store.resource
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
    const object = {
      kind: kind.kind,
      apiVersion: apiVersion(kind),
      metadata: { resourceVersion: String(revision), ...annotations },
    }
    const { as, version = 'v1' } = this.#view.accept
    if (as === 'Table') return line('BOOKMARK', this.#table([], object.metadata))
    return this.#say('BOOKMARK', as ? partial(object, version) : object)
  }

  #frame(event: WatchEvent<KubeObject>): Uint8Array {
    if (event.type === 'BOOKMARK') return this.#bookmark(event.revision, false)
    return this.#view.accept.as
      ? this.#event(event)
      : this.#store.encodings.framed(event, this.#view.accept.type, () => this.#event(event))
  }

  #event({ type, item }: Told<KubeObject>): Uint8Array {
    const { as, type: media, version = 'v1' } = this.#view.accept
    if (as === 'Table') return line(type, this.#table([item], { resourceVersion: String(item.revision) }))
    if (as && media === 'application/json') return line(type, partialJson(this.#store, version)(item))
    if (media === 'application/json' && item.bytes) return line(type, [item.bytes])
    return this.#say(type, as ? partial(item.object, version) : item.object)
  }

  /** Never indented, whoever asks: an event is a line. */
  #say(type: string, object: object): Uint8Array {
    const { accept } = this.#view
    const { type: media, bytes } = encode(object, accept.type, false, accept.message)
    return media === 'application/vnd.kubernetes.protobuf' ? watchFrame(type, bytes) : line(type, [bytes])
  }

  #table(items: readonly Item[], metadata: object): Uint8Array[] {
    const { accept, include, clock } = this.#view
    const isHeaded = !this.#headed
    this.#headed = true
    return table(this.#store, items, { metadata, version: accept.version ?? 'v1', include, now: clock.now(), isHeaded })
  }
}

const line = (type: string, object: readonly Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from(`{"type":"${type}","object":`), ...object, newline])
const newline = Buffer.from('}\n')
