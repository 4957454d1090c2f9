import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Item } from '#cache/cache.ts'
import { DecodeError, decode } from '#machinery/json.ts'
import { type Entry, Hindered, type Revision } from '#storage/storage.ts'

/**
 * How objects of one kind lie in storage: JSON that begins with kind, apiVersion and metadata, and without
 * resourceVersion, which is the entry's revision. So the bytes that clients see are made by one splice, never by
 * encoding again.
 */
export class Stored {
  /** What every object of the kind begins with, for clients: `{"kind":"Pod","apiVersion":"v1",`. */
  readonly #head: Buffer
  readonly #type: { readonly kind: string; readonly apiVersion: string }

  constructor(kind: Kind) {
    this.#type = { kind: kind.kind, apiVersion: apiVersion(kind) }
    this.#head = Buffer.from(`${JSON.stringify(this.#type).slice(0, -1)},"metadata":{`)
  }

  /** The bytes to store. */
  encode(object: KubeObject): Buffer {
    const { kind: _, apiVersion: __, metadata, ...rest } = object
    const { resourceVersion: ___, ...kept } = metadata
    return Buffer.from(JSON.stringify({ ...this.#type, metadata: kept, ...rest }))
  }

  /** What is stored, as clients see it. Throws Hindered where that is no object of the kind. */
  bytes({ key, value, revision }: Entry): Buffer {
    const at = this.#head.length
    if (!this.#head.equals(value.subarray(0, at))) throw undecodable(key, `it does not begin with ${this.#head}`)
    return Buffer.concat([this.#head, Buffer.from(`"resourceVersion":"${revision}",`), value.subarray(at)])
  }

  /** What is stored, together with its bytes: the object that it was made of, or parsed (integers beyond 2^53 exactly: they will be written back). */
  item(entry: Entry, made?: KubeObject): Item {
    const { key, revision } = entry
    const bytes = this.bytes(entry)
    try {
      return { object: made ? this.#stamped(made, revision) : (decode(bytes) as KubeObject), revision, bytes }
    } catch (error) {
      if (error instanceof DecodeError) throw undecodable(key, error.message)
      throw error
    }
  }

  /** An item for an object that was made just now, or differs from what is stored. */
  made(object: KubeObject, revision: Revision): Item {
    const stamped = this.#stamped(object, revision)
    return { object: stamped, revision, bytes: Buffer.from(JSON.stringify(stamped)) }
  }

  #stamped(object: KubeObject, revision: Revision): KubeObject {
    const { kind: _, apiVersion: __, metadata, ...rest } = object
    const { resourceVersion: ___, ...kept } = metadata
    return { ...this.#type, metadata: { ...(revision > 0 && { resourceVersion: String(revision) }), ...kept }, ...rest }
  }

  /** The bytes of an item as they stand in a list: upstream's lists leave kind and apiVersion to the list. */
  listed(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(this.#head.length - '"metadata":{'.length)
  }

  /** The bytes of an item's metadata. */
  metadata(bytes: Uint8Array): Uint8Array {
    const from = this.#head.length - 1
    return bytes.subarray(from, endOfObject(bytes, from))
  }
}

const [quote, backslash, opening, closing] = Buffer.from('"\\{}')

/** Where the JSON object ends that begins at a place. */
function endOfObject(json: Uint8Array, from: number): number {
  let depth = 0
  for (let at = from, isText = false; at < json.length; at++) {
    const byte = json[at]
    if (isText) {
      if (byte === backslash) at++
      else if (byte === quote) isText = false
    } else if (byte === quote) isText = true
    else if (byte === opening) depth++
    else if (byte === closing && --depth === 0) return at + 1
  }
  return json.length
}

const undecodable = (key: string, why: string): Hindered =>
  new Hindered('damaged', `unable to decode key ${JSON.stringify(key)}: ${why}`)
