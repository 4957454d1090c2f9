import type { Kind } from '#api/kind.ts'
import type { Message } from '#machinery/codec/message.ts'
import type { Schema } from '#machinery/schema.ts'

type Identity = Pick<Kind, 'group' | 'version' | 'kind'>

/** A resource as OpenAPI documents tell of it. */
export interface Described {
  readonly kind: Kind
  readonly verbs: readonly string[]
  readonly returnsDeleted?: boolean
  readonly subresources: Readonly<Record<string, { readonly kind?: Identity; readonly verbs: readonly string[] }>>
}

/** An OpenAPI document in its two forms. */
export interface Document {
  readonly json: Buffer
  /** The same in gnostic's messages. */
  protobuf(): Uint8Array
}

/** What is known of the kinds' shapes, however it came to be known. */
export interface Facts {
  /** The shape of a kind's objects, as JSON says them. */
  schema(kind: Identity): Schema | undefined
  /** The same as protobuf carries them. */
  message(apiVersion: string, kind: string): Message | undefined
  /** Another text whenever other documents are made of the same: part of their hashes. */
  readonly edition: string
  /** The OpenAPI v2 document of everything served. */
  documentV2(served: readonly Described[]): Document
  /** The OpenAPI v3 document of one group and version. */
  documentV3(of: Pick<Kind, 'group' | 'version'>, served: readonly Described[]): Document
}
