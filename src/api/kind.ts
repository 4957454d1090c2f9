import type { KubeObject } from './object.ts'

declare const of: unique symbol

/**
 * The identity of a type of object: all that a client must know to address one.
 * `[of]` never exists at run time; it carries T to the type checker.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly scope: 'Namespaced' | 'Cluster'
  readonly [of]?: T
}

/** `v1`, `apps/v1`: what stands in an object's `apiVersion`. */
export const apiVersion = (kind: Pick<Kind, 'group' | 'version'>): string =>
  kind.group ? `${kind.group}/${kind.version}` : kind.version

/** `pods`, `deployments.apps`: how messages and RBAC name a resource. */
export const qualified = (kind: Pick<Kind, 'group' | 'plural'>): string =>
  kind.group ? `${kind.plural}.${kind.group}` : kind.plural

/** The URL path of a collection, an object in it, or a subresource of the object. */
export function path(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  let where = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`
  if (namespace) where += `/namespaces/${encodeURIComponent(namespace)}`
  where += `/${kind.plural}`
  if (name) where += `/${encodeURIComponent(name)}`
  if (subresource) where += `/${subresource}`
  return where
}
