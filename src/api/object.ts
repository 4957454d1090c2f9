import type { ObjectMeta } from './meta/v1.ts'

/** What every object in the cluster has, whatever its kind. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** Where an object lives. `namespace` is empty for cluster-scoped kinds. */
export interface Key {
  readonly namespace: string
  readonly name: string
}

/** An object as a client writes it: the server fills in the rest. */
export type Draft<T extends KubeObject> = Omit<T, keyof KubeObject> &
  Partial<Pick<T, 'apiVersion' | 'kind'>> & { metadata: ObjectMeta }

/** The key of an object. */
export const keyOf = ({ metadata }: KubeObject): Key => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' })

/** A key as one string, `namespace/name` (`/name` for cluster-scoped kinds): for maps and messages. */
export const keyText = ({ namespace, name }: Key): string => `${namespace}/${name}`
