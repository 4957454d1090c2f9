import type { DeleteOptions } from '#api/meta/v1.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { conflict, notFound } from '#api/status.ts'
import { answerItem, answerValue, success, viewOf } from '#apiserver/answer/answer.ts'
import { deleteOptionsOf } from '#apiserver/request/options.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Attempt } from '#apiserver/store/gate.ts'
import { released } from '#apiserver/store/object-meta.ts'
import type { Store, Written } from '#apiserver/store/store.ts'
import { clone } from '#machinery/clone.ts'
import { nearest } from '#machinery/exact.ts'
import { timestamp } from '#machinery/time.ts'
import { attemptOf, keyIn, type Verb } from './verb.ts'

/** Deletes one object: at once, or by marking it when something still holds it. */
export const remove: Verb = async (request, store, { clock }) => {
  const options = await deleteOptionsOf(request)
  const attempt = attemptOf(request, { dryRun: isDry(options) })
  const written = await deleteOne(store, keyIn(request, store), options, attempt, clock.now())
  if (written.outcome === 'deleted' && !store.resource.returnsDeleted)
    return answerValue(200, success(written.item.object, store), request.accept)
  // Who asks in the old way for dependents to go too is told when that takes time.
  const code = written.outcome !== 'deleted' && options.orphanDependents === false ? 202 : 200
  return answerItem(code, written.item, store, viewOf(request, clock))
}

/** Whether nothing is to be stored. */
export const isDry = ({ dryRun = [] }: DeleteOptions): boolean => dryRun.length > 0

/** Begins, hastens or completes the deletion of one object (upstream: rest.BeforeDelete and the Store's Delete). */
export function deleteOne(store: Store, key: Key, options: DeleteOptions, attempt: Attempt, now: Date): Promise<Written> {
  const { resource } = store
  return store.change(key, { ...attempt, deletes: true, propagation: propagationOf(options) }, current => {
    if (!current) throw notFound(resource.kind, key.name)
    checkPreconditions(current, options, resource)
    return marked(current, options, resource, now)
  })
}

/** The object with its deletion begun; nothing if it can go at once. */
function marked(current: KubeObject, options: DeleteOptions, resource: Resource, now: Date): KubeObject | undefined {
  const object = clone(current)
  const { metadata } = object
  const asked = options.gracePeriodSeconds === undefined ? undefined : clamped(options.gracePeriodSeconds)
  // Upstream takes a negative time for the shortest one.
  const grace = clamped(resource.gracePeriodSeconds?.(current, asked !== undefined && asked < 0 ? 1 : asked) ?? 0)
  if (metadata.deletionTimestamp === undefined) begin(object, grace, resource, now)
  else if (metadata.deletionGracePeriodSeconds) {
    // While grace lasts a delete can only shorten it.
    if (asked === undefined || grace >= metadata.deletionGracePeriodSeconds) return object
    hasten(object, grace, now)
  }
  const finalizers = finalizersAfter(metadata.finalizers ?? [], propagationOf(options), resource.defaultPropagation)
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers
  return released(resource, object, object) ? undefined : object
}

const lastMoment = Date.parse('9999-12-31T23:59:59Z')

/** A time in seconds that can be reckoned with, however large the number that was sent. */
const clamped = (seconds: number): number => Math.min(nearest(seconds), Number.MAX_SAFE_INTEGER)

function begin(object: KubeObject, grace: number, resource: Resource, now: Date): void {
  const { metadata } = object
  metadata.deletionTimestamp = timestamp(new Date(Math.min(now.getTime() + grace * 1000, lastMoment)))
  metadata.deletionGracePeriodSeconds = grace
  if (metadata.generation) metadata.generation++
  resource.terminating?.(object)
}

/** Shortens grace; its end is never in the past. */
function hasten({ metadata }: KubeObject, grace: number, now: Date): void {
  const end = Date.parse(metadata.deletionTimestamp!) - (metadata.deletionGracePeriodSeconds! - grace) * 1000
  metadata.deletionTimestamp = timestamp(new Date(Math.max(end, now.getTime())))
  metadata.deletionGracePeriodSeconds = end < now.getTime() && grace > 0 ? 1 : grace
}

/** What becomes of dependents, where the client says it: also in the old way. */
function propagationOf({ propagationPolicy, orphanDependents }: DeleteOptions): string | undefined {
  if (orphanDependents === undefined) return propagationPolicy
  return orphanDependents ? 'Orphan' : 'Background'
}

/** Orphan and foreground deletion are finalizers that the garbage collector takes away. What the object already has goes before the kind's default. */
function finalizersAfter(before: readonly string[], said: string | undefined, byDefault: string | undefined): string[] {
  const others = before.filter(each => each !== 'orphan' && each !== 'foregroundDeletion')
  const propagation = said ?? (others.length < before.length ? undefined : byDefault)
  if (!propagation) return [...before]
  if (propagation === 'Orphan') return [...others, 'orphan']
  return propagation === 'Foreground' ? [...others, 'foregroundDeletion'] : others
}

/** Throws Conflict if an object is not the one, or not in the version, that a delete is meant for. */
export function checkPreconditions({ metadata }: KubeObject, { preconditions = {} }: DeleteOptions, { kind }: Resource): void {
  const refuse = (why: string): never => {
    throw conflict({ ...kind, plural: kind.kind }, metadata.name ?? '', why)
  }
  const { uid, resourceVersion } = preconditions
  if (uid !== undefined && uid !== metadata.uid)
    refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
}
