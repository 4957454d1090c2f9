import type { Kind } from '#api/kind.ts'

type Identity = Pick<Kind, 'group' | 'version' | 'kind'>

/** A resource as the documents tell of it. */
export interface Served {
  readonly kind: Kind
  /** As discovery lists them: create delete deletecollection get list patch update watch. */
  readonly verbs: readonly string[]
  /** Whether a delete answers the object instead of a Status. */
  readonly returnsDeleted?: boolean
  readonly subresources?: Readonly<Record<string, ServedSubresource>>
}

/** A door to an object besides the main one. */
export interface ServedSubresource {
  /** What goes in and comes out; the kind itself where left out. A kind named `…Options` makes it a connection (exec, proxy). */
  readonly kind?: Identity
  /** get create update patch delete */
  readonly verbs: readonly string[]
}
