import type { ObjectMeta, OwnerReference } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, quote, required, tooLong } from './causes.ts'
import { equal } from './equality.ts'
import { validateManagedFields } from './managed-fields.ts'
import { dns1123Label, dns1123Subdomain, knownFinalizer, labelValue, type NameCheck, qualifiedName } from './names.ts'

/** How large all annotations of an object may be together. */
export const maxAnnotationBytes = 256 * 1024

/** What is wrong with the metadata of an object about to be created. Its name must have been generated already. */
export function* validateMetadata(
  meta: ObjectMeta,
  options: { readonly namespaced: boolean; readonly name?: NameCheck },
  path = 'metadata',
): Generator<Cause> {
  const check = options.name ?? dns1123Subdomain
  if (meta.generateName) yield* invalidEach(`${path}.generateName`, meta.generateName, check(beginning(meta.generateName)))
  if (meta.name) yield* invalidEach(`${path}.name`, meta.name, check(meta.name))
  else yield required(`${path}.name`, 'name or generateName is required')
  yield* validateNamespace(meta.namespace ?? '', options.namespaced, `${path}.namespace`)
  if ((meta.generation ?? 0) < 0) yield invalidValue(`${path}.generation`, meta.generation, 'must be greater than or equal to 0')
  yield* validateCollections(meta, path)
  yield* validateFinalizers(meta.finalizers ?? [], `${path}.finalizers`)
}

/** What is wrong with the metadata of an object about to replace `before`. */
export function* validateMetadataUpdate(meta: ObjectMeta, before: ObjectMeta, path = 'metadata'): Generator<Cause> {
  if (before.deletionTimestamp)
    yield* validateNoNewFinalizers(meta.finalizers ?? [], before.finalizers ?? [], `${path}.finalizers`)
  if (!meta.resourceVersion) yield invalidValue(`${path}.resourceVersion`, '', 'must be specified for an update')
  if ((meta.generation ?? 0) < (before.generation ?? 0)) {
    yield invalidValue(`${path}.generation`, meta.generation ?? 0, 'must not be decremented')
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    yield* immutable(meta[field] ?? '', before[field] ?? '', `${path}.${field}`)
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    yield* immutable(meta[field], before[field], `${path}.${field}`)
  }
  yield* validateCollections(meta, path)
}

/** Checks finalizers that are either well-known or someone's, as those of built-in kinds must be. */
export function* validateKnownFinalizers(finalizers: readonly string[] | undefined, path: string): Generator<Cause> {
  for (const [index, finalizer] of (finalizers ?? []).entries())
    yield* invalidEach(`${path}[${index}]`, finalizer, knownFinalizer(finalizer))
}

/** Complains if a field that may not change did. */
export function* immutable(value: unknown, before: unknown, path: string): Generator<Cause> {
  if (!equal(value, before)) yield invalidValue(path, value, 'field is immutable')
}

/** What is wrong with a set of labels. */
export function* validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): Generator<Cause> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    yield* invalidEach(path, key, qualifiedName(key))
    yield* invalidEach(path, value, labelValue(value))
  }
}

/** What is wrong with a set of annotations. */
export function* validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): Generator<Cause> {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    yield* invalidEach(path, key, qualifiedName(key.toLowerCase()))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > maxAnnotationBytes) yield tooLong(path, maxAnnotationBytes)
}

function* validateCollections(meta: ObjectMeta, path: string): Generator<Cause> {
  yield* validateLabels(meta.labels, `${path}.labels`)
  yield* validateAnnotations(meta.annotations, `${path}.annotations`)
  yield* validateOwners(meta.ownerReferences ?? [], `${path}.ownerReferences`)
  yield* validateManagedFields(meta.managedFields ?? [], `${path}.managedFields`)
}

function* validateNamespace(namespace: string, namespaced: boolean, path: string): Generator<Cause> {
  if (!namespaced && namespace) yield forbidden(path, 'not allowed on this type')
  if (namespaced && !namespace) yield required(path)
  if (namespaced && namespace) yield* invalidEach(path, namespace, dns1123Label(namespace))
}

function* validateOwners(owners: readonly OwnerReference[], path: string): Generator<Cause> {
  let controller: string | undefined
  for (const owner of owners) {
    yield* validateOwner(owner, path)
    if (!owner.controller) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = name
    else {
      const found = `Found "true" in references for ${controller} and ${name}`
      yield invalidValue(path, owners, `Only one reference can have Controller set to true. ${found}`)
    }
  }
}

function* validateOwner(owner: OwnerReference, path: string): Generator<Cause> {
  if (!owner.apiVersion || owner.apiVersion.endsWith('/')) {
    yield invalidValue(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!owner[field]) yield invalidValue(`${path}.${field}`, '', 'must not be empty')
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    yield invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner')
  }
}

function* validateFinalizers(finalizers: readonly string[], path: string): Generator<Cause> {
  for (const finalizer of finalizers) yield* invalidEach(path, finalizer, qualifiedName(finalizer))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    yield invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')
  }
}

function* validateNoNewFinalizers(now: readonly string[], before: readonly string[], path: string): Generator<Cause> {
  const extra = [...new Set(now).difference(new Set(before))].sort()
  if (extra.length === 0) return
  const found = `[]string{${extra.map(quote).join(', ')}}`
  yield forbidden(path, `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`)
}

/** A generateName judged as the name it will begin: its trailing dash will not be the end. */
const beginning = (name: string): string => (name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name)
