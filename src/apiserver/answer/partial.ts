import type { KubeObject } from '#api/object.ts'
import type { Form } from '#apiserver/store/store.ts'
import type { Item } from '#cache/cache.ts'

/** metav1.PartialObjectMetadata: an object without all that its kind adds. */
export const partial = ({ metadata }: KubeObject, version: string): KubeObject => ({ ...typeOf(version), metadata })

/** The same in JSON, in parts: how each of many objects is said. */
export function partialJson(form: Form, version: string): (item: Item) => readonly Uint8Array[] {
  const head = Buffer.from(partialHead(version))
  return item => [head, metadataOf(item, form), closing]
}

/** What stands before the metadata. Behind it stands only a brace. */
export const partialHead = (version: string): string => `${JSON.stringify(typeOf(version)).slice(0, -1)},"metadata":`

/** The JSON of an object's metadata: a part of that of the object, found once. */
export const metadataOf = (item: Item, { stored, encodings }: Pick<Form, 'stored' | 'encodings'>): Uint8Array =>
  encodings.metadata(item, () => (item.bytes ? stored.metadata(item.bytes) : Buffer.from(JSON.stringify(item.object.metadata))))

const typeOf = (version: string): { kind: string; apiVersion: string } => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
})

const closing = Buffer.from('}')
