import type { KubeObject } from '#api/object.ts'
import { type Cause, conflict } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import { equal } from '#machinery/equality.ts'
import { validateKnownFinalizers, validateMetadata, validateMetadataUpdate } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { timestamp } from '#machinery/time.ts'

/**
 * Sets what of the metadata is the server's to say: on creation uid and creationTimestamp; on update it takes back
 * what the object before has, and another uid is refused when metadata is checked (upstream: apiserver/pkg/registry/rest/{create,update}.go).
 */
export function prepareMetadata(
  object: KubeObject,
  before: KubeObject | undefined,
  resource: Resource,
  make: { now(): Date; uid(): string },
): void {
  const { metadata } = object
  const { kind } = resource
  delete metadata.selfLink
  if (kind.scope === 'Cluster') delete metadata.namespace
  if (!before) {
    metadata.uid = make.uid()
    metadata.creationTimestamp = timestamp(make.now())
    delete metadata.resourceVersion
    delete metadata.generation
    delete metadata.deletionTimestamp
    delete metadata.deletionGracePeriodSeconds
    return
  }
  const was = before.metadata
  metadata.uid ||= was.uid!
  for (const field of [
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'resourceVersion',
  ] as const)
    replace(metadata, was, field)
  if (!metadata.generateName) replace(metadata, was, 'generateName')
}

/** An update is of the object with this uid, if it says one. Throws Conflict for another. */
export function checkUid({ metadata: { uid } }: KubeObject, { metadata: was }: KubeObject, resource: Resource): void {
  if (!uid || uid === was.uid) return
  // Upstream shows the error of its storage as it is.
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${was.uid}`
  throw conflict(
    resource.kind,
    was.name ?? '',
    `StorageError: invalid object, Code: 4, Key: ${keyOfStorage(resource, was)}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  )
}

const keyOfStorage = ({ kind, storagePath }: Resource, { namespace, name }: KubeObject['metadata']): string =>
  ['/registry', storagePath ?? kind.plural, namespace, name].filter(Boolean).join('/')

/** What is wrong with an object's metadata. */
export function* checkMetadata(object: KubeObject, before: KubeObject | undefined, resource: Resource): Generator<Cause> {
  const name = (value: string): string[] => [...(resource.validateName?.(value, false) ?? dns1123Subdomain(value))]
  if (before) yield* validateMetadataUpdate(object.metadata, before.metadata)
  else yield* validateMetadata(object.metadata, { namespaced: resource.kind.scope === 'Namespaced', name })
  if (resource.knownFinalizers) yield* validateKnownFinalizers(object.metadata.finalizers, 'metadata.finalizers')
}

/** metadata.generation counts what was asked for: everything but metadata and status. */
export function countGeneration(object: KubeObject, before: KubeObject | undefined): void {
  if (!before) object.metadata.generation = 1
  else if (!equal(asked(object), asked(before))) object.metadata.generation = (before.metadata.generation ?? 0) + 1
}

/** Whether an update lets go of an object whose deletion has begun: no finalizer is left, and no grace. */
export const released = ({ held }: Resource, object: KubeObject, before: KubeObject): boolean =>
  before.metadata.deletionTimestamp !== undefined &&
  !object.metadata.finalizers?.length &&
  !object.metadata.deletionGracePeriodSeconds &&
  !held?.(object)

/** Takes back, in place, what stands under paths of metadata; under `metadata` itself, all that is clients' to say (upstream: ResetObjectMetaForStatus). */
export function restoreMetadata({ metadata }: KubeObject, before: KubeObject, paths: readonly string[]): void {
  for (const path of paths) {
    const [root, ...names] = path.split('.')
    if (root !== 'metadata') continue
    const fields = names.length > 0 ? names : ['labels', 'annotations', 'finalizers', 'ownerReferences']
    for (const field of fields) replace(metadata, before.metadata, field as keyof typeof metadata)
  }
}

/** Makes one member of an object what it is in another: the same value, or absent. */
export function replace<T extends object>(object: T, from: Partial<T>, member: keyof T): void {
  if (from[member] === undefined) delete object[member]
  else object[member] = from[member]
}

const asked = ({ metadata: _, ...rest }: KubeObject & { status?: unknown }): object => ({ ...rest, status: undefined })
