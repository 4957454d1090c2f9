import type { Key, KubeObject } from '#api/object.ts'
import { badRequest, type Cause, invalid } from '#api/status.ts'
import type { Settle } from '#apiserver/admission/admission.ts'
import type { Arriving, Chain } from '#apiserver/admission/chain.ts'
import type { Circumstances, Resource } from '#apiserver/resource.ts'
import type { User } from '#apiserver/user.ts'
import { keepTimes } from '#machinery/apply/times.ts'
import type { Versions } from '#machinery/apply/versions.ts'
import { applyDefaults } from '#machinery/defaults.ts'
import { conform } from '#machinery/fields.ts'
import type { Schema } from '#machinery/schema.ts'
import { checkEntries, noteOwners, writerOf, writesOf } from './field-owners.ts'
import { withLongNumbers } from './long-numbers.ts'
import { checkMetadata, countGeneration, prepareMetadata, released, replace, restoreMetadata } from './object-meta.ts'
import { dropDoubleOwners } from './owner-doubles.ts'

/** Who wants a write, and how. */
export interface Attempt {
  readonly user: User
  /** The door the write comes through; empty for the main one. */
  readonly subresource: string
  readonly dryRun: boolean
  /** The version that the write comes through, where it is not the stored one. */
  readonly through?: Resource
  /** Whose the fields become that change. Nobody's: the change has said whose they are, or they are not for clients to own. */
  readonly manager?: string
  /** Asked before an object is made by who asked to change one. Throws Forbidden. */
  readonly mayCreate?: () => Promise<void>
  /** A delete: what the change returns is judged as a deletion, and stored as it is. */
  readonly deletes?: boolean
  /** Of a delete: what is to become of dependents, where that was said. */
  readonly propagation?: string | undefined
  /** Adds a sentence to the Warning header of the answer. */
  warn(message: string): void
  /** Adds a word to what is written down of the request; missing where nothing is. */
  readonly annotate?: (key: string, value: string) => void
}

/** What a Gate asks of its surroundings. */
export interface Surroundings {
  readonly admission: Chain
  now(): Date
  /** A new uid. */
  uid(): string
  /** The shape of a kind's objects; nothing: any shape is taken. */
  schema(resource: Resource): Schema | undefined
  versions(resource: Resource): Versions
}

/** What a write came to before it is made. */
export interface Passed {
  /** The final object, or nothing if the object is to be deleted, now or because nothing holds it any more. */
  readonly object: KubeObject | undefined
  /** Must be told whether the write was made, if that is known and there is somebody to tell. */
  readonly settle: Settle | undefined
}

/** What every write passes, between what was asked and what is stored: defaults, admission, preparation, validation. */
export class Gate {
  readonly #around: Surroundings

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Throws what refuses the write. */
  async pass(
    resource: Resource,
    key: Key,
    wanted: KubeObject | undefined,
    before: KubeObject | undefined,
    attempt: Attempt,
  ): Promise<Passed> {
    const { admission } = this.#around
    const { user, subresource, dryRun, propagation, warn, annotate } = attempt
    const review = { resource, key, user, subresource, dryRun, before, warn, ...(annotate && { annotate }) }
    if (!wanted || attempt.deletes) {
      const settle = await admission.admit({ ...review, operation: 'DELETE', object: undefined, propagation }, () => {})
      return { object: wanted, settle }
    }
    if (!before) await attempt.mayCreate?.()
    const judged: Arriving = { ...review, operation: before ? 'UPDATE' : 'CREATE', object: wanted }
    const settle = await withLongNumbers(resource, wanted, () => {
      prepareMetadata(wanted, before, resource, this.#around)
      this.fill(resource, wanted, before)
      const entries = this.#noteOwners(resource, wanted, before, attempt)
      return admission.admit(judged, () => {
        checkEntries(wanted, entries, attempt.warn)
        dropDoubleOwners(wanted, 'after admission', attempt.warn)
        finish(resource, wanted, before, attempt, { user, now: this.#around.now() })
        if (before) keepTimes(wanted, before)
      })
    })
    return { object: before && released(resource, wanted, before) ? undefined : wanted, settle }
  }

  /** Doors that show a type of their own know themselves whose the fields behind them are. */
  #noteOwners(resource: Resource, object: KubeObject, before: KubeObject | undefined, attempt: Attempt): Entries {
    const { manager, subresource, through = resource } = attempt
    if (manager === undefined || resource.subresources?.[subresource]?.kind) return object.metadata.managedFields
    const writer = writerOf(through.kind, { subresource, manager, writes: writesOf(through, subresource) }, this.#around.now())
    return noteOwners(object, before, writer, this.#around.versions(resource))
  }

  /** Brings what a conversion made, perhaps of annotations that say anything, into the shape of its kind. Throws BadRequest. */
  conform(resource: Resource, object: KubeObject): void {
    const schema = this.#around.schema(resource)
    const { error } = schema ? conform(object, schema) : {}
    if (error !== undefined) throw badRequest(error)
  }

  /** Fills in what the client left out. */
  fill(resource: Resource, object: KubeObject, before: KubeObject | undefined): void {
    const schema = this.#around.schema(resource)
    if (schema) applyDefaults(object, schema)
    resource.default?.(object, before)
  }
}

/** Makes the object final and says what is wrong with it. */
function finish(
  resource: Resource,
  object: KubeObject,
  before: KubeObject | undefined,
  attempt: Attempt,
  write: Circumstances,
): void {
  const { subresource, through, warn } = attempt
  const causes: Cause[] = [...checkMetadata(object, before, resource)]
  const name = object.metadata.name ?? object.metadata.generateName ?? ''
  const door = resource.subresources?.[subresource]
  if (subresource === 'status' && before) {
    restoreAllBut('status', object, before)
    restoreMetadata(object, before, resource.resets?.status ?? [])
    resource.prepareStatus?.(object, before, write)
    causes.push(...(resource.validateStatus?.(object, before) ?? []))
  } else if (door && before) {
    door.prepare?.(object, before, write)
    if (resource.generation) countGeneration(object, before)
    causes.push(...((door.validate ?? resource.validate)?.(object, before) ?? []))
  } else {
    if (resource.status) replace(object as Statused, (before ?? {}) as Partial<Statused>, 'status')
    resource.prepare?.(object, before, write)
    if (resource.generation) countGeneration(object, before)
    causes.push(...(resource.validate?.(object, before) ?? []), ...(through?.conversion?.validate?.(object, before) ?? []))
  }
  if (causes.length > 0) throw invalid(resource.kind, name, causes)
  // Upstream warns of what it takes, and only at the main door.
  if (!subresource) for (const sentence of resource.warn?.(object, before) ?? []) warn(sentence)
}

type Entries = KubeObject['metadata']['managedFields']
type Statused = KubeObject & { status?: unknown }
type Loose = Record<string, unknown>

/** Takes back every change but those of one member and of metadata. */
function restoreAllBut(member: string, object: KubeObject, before: KubeObject): void {
  for (const field of new Set([...Object.keys(object), ...Object.keys(before)]))
    if (field !== 'metadata' && field !== member) replace(object as unknown as Loose, before as unknown as Loose, field)
}
