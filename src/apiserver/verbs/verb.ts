import type { Key, KubeObject } from '#api/object.ts'
import { badRequest } from '#api/status.ts'
import type { WriteOptions } from '#apiserver/request/options.ts'
import type { Answer, Request } from '#apiserver/request/request.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Attempt } from '#apiserver/store/gate.ts'
import type { Store } from '#apiserver/store/store.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Versions } from '#machinery/apply/versions.ts'
import type { Clock } from '#machinery/clock.ts'

/** One thing that can be asked of a kind: reads the request, works on the store, answers. Nothing returned: the connection was taken over. */
export type Verb = (request: Request, store: Store, tools: Tools) => Promise<Answer | undefined>

/** What verbs need of the world. */
export interface Tools {
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** A watch without timeoutSeconds ends after one to two of these (upstream: --min-request-timeout). */
  readonly shortestWatchMs: number
  /** The versions of a kind. */
  versions(resource: Resource): Versions
  /** Throws Forbidden for who may not. */
  authorize(user: User, attributes: Attributes): Promise<void>
}

/** The key that a request's path names. */
export const keyIn = ({ attributes: { namespace, name } }: Request, { resource }: Store): Key => ({
  namespace: resource.kind.scope === 'Namespaced' ? namespace : '',
  name,
})

/** The write that a request is about. */
export const attemptOf = (
  request: Request,
  { dryRun, manager }: Pick<WriteOptions, 'dryRun'> & Partial<Pick<WriteOptions, 'manager'>>,
): Attempt => ({
  user: request.user,
  subresource: request.attributes.subresource,
  dryRun,
  ...(manager !== undefined && { manager }),
  warn: message => request.warn(message),
  ...(request.annotate && { annotate: request.annotate }),
})

/** Asks whether who may update or patch an object may make it, too, if there is none. */
export const mayCreate =
  ({ user, attributes }: Request, tools: Tools): (() => Promise<void>) =>
  () =>
    tools.authorize(user, { ...attributes, verb: 'create' })

/** Puts an object into the namespace of the path. Throws BadRequest if it says that it is in another. */
export function placeIn({ metadata }: KubeObject, { namespace }: Key): void {
  if (namespace === '') delete metadata.namespace
  else if (metadata.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  else metadata.namespace = namespace
}

/** The name in the body must be that of the path. */
export function checkName({ metadata }: KubeObject, { name }: Key): void {
  if (!metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}
