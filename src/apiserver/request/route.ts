import { StatusError } from '#api/status.ts'
import { doorsOf, verbsOf } from '#apiserver/pages/discovery.ts'
import type { Resource, ResourceVerb, Subresource } from '#apiserver/resource.ts'
import type { Registry } from '#apiserver/store/registry.ts'
import type { Store } from '#apiserver/store/store.ts'
import type { Attributes } from '#apiserver/user.ts'

/** Where a request for a resource is answered: at the main door of a kind, or at another one. */
export interface Route {
  readonly store: Store
  readonly door: Subresource | undefined
}

/** Finds what answers a request. Throws NotFound where there is nothing of the name, MethodNotAllowed where it takes no such verb. */
export function route(registry: Registry, method: string, attributes: Attributes): Route {
  const { group, version, resource: plural, subresource } = attributes
  const store = registry.find(group, version, plural)
  if (!store) throw resourceNotFound()
  checkScope(store.resource, attributes)
  const doors = doorsOf(store.resource)
  const door = Object.hasOwn(doors, subresource) ? doors[subresource] : undefined
  if ((subresource && !door) || attributes.verb === 'proxy') throw resourceNotFound()
  if (door?.passesOn && passedOn.has(method)) return { store, door }
  if (attributes.rest !== undefined) throw resourceNotFound()
  if (method === 'HEAD' || (attributes.verb === 'watch' && method !== 'GET') || !takes(door ?? store.resource, attributes))
    throw methodNotAllowed()
  return { store, door }
}

/** What a proxy passes on. */
const passedOn: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** Whether a door takes a verb; a collection takes no PUT or PATCH, an object no POST. */
function takes(target: Subresource | Resource, { verb, name, subresource }: Attributes): boolean {
  if (subresource) return (target.verbs as readonly string[]).includes(verb)
  const fits = name ? verb !== 'create' && verb !== 'deletecollection' : verb !== 'update' && verb !== 'patch' && verb !== 'get'
  return fits && verbsOf(target as Resource).includes(verb as ResourceVerb)
}

/** A namespaced kind is listed across namespaces, but addressed within one. */
function checkScope({ kind }: Resource, { namespace, name, verb, resource }: Attributes): void {
  if (kind.scope === 'Cluster') {
    if (namespace && resource !== 'namespaces') throw resourceNotFound()
  } else if (!namespace && verb !== 'list' && verb !== 'watch') throw name ? resourceNotFound() : methodNotAllowed()
}

/** Nothing is served under this name. */
export const resourceNotFound = (): StatusError =>
  new StatusError('NotFound', 'the server could not find the requested resource', {})

/** What is served here is not to be had this way. */
export const methodNotAllowed = (): StatusError =>
  new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
