import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { badRequest } from '#api/status.ts'
import { isRecord } from '#machinery/clone.ts'
import { type Applied, applied, type Conflict } from './apply.ts'
import { misfit } from './check.ts'
import { applyConflict } from './conflict.ts'
import { Unmergeable } from './element.ts'
import { emptyObject } from './empty.ts'
import { difference, isEmpty } from './field-set.ts'
import type { Members } from './form.ts'
import { fieldsOfLastApplied, withLastApplied } from './last-applied.ts'
import { entriesOf, type Managers, stored } from './managers.ts'
import { updated } from './update.ts'
import { type Versions, type Writer, withEntries, withoutEntries } from './versions.ts'

/** The manager that kubectl is, unless it is told otherwise. It alone inherits from client-side apply. */
const kubectl = 'kubectl'

/** An apply: who, what, and whether fields are taken from others. */
export interface Apply {
  readonly kind: Pick<Kind, 'group' | 'version' | 'kind'>
  readonly config: Members
  readonly writer: Writer
  readonly force: boolean
}

/**
 * The object that an apply makes of a live one (or of none), with its entries in metadata.managedFields. It shares parts with both and
 * is not yet in the shape of its kind. Throws BadRequest for a configuration that cannot be applied, Conflict for fields that
 * are others' (upstream: apimachinery/pkg/util/managedfields/internal).
 */
export function applyConfig(
  live: KubeObject | undefined,
  { kind, config, writer, force }: Apply,
  versions: Versions,
): KubeObject {
  checkConfig(config, kind, versions)
  const type = { apiVersion: apiVersion(kind), kind: kind.kind }
  const base = live ? withoutEntries(live) : { ...type, metadata: {} }
  try {
    const managers = live ? ownersOf(live, base, writer, versions) : new Map()
    const result = applied(base, config, managers, writer, versions)
    if (!force) refuseConflicts(result.conflicts, live, writer, versions)
    return withEntries(noted(result, config, writer), entriesOf(result.managers))
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error
    throw badRequest(`failed to create typed live object (${described(base)}): ${error.message}`)
  }
}

function checkConfig(config: Members, kind: Apply['kind'], versions: Versions): void {
  if (config.apiVersion !== apiVersion(kind) || config.kind !== kind.kind)
    throw badRequest(`invalid object type: ${typeOf(config)}`)
  const { managedFields } = isRecord(config.metadata) ? config.metadata : {}
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil')
  const problem = misfit(config, versions.schema(apiVersion(kind)))
  if (problem !== undefined) throw badRequest(`failed to create typed patch object (${described(config)}): ${problem}`)
}

/** Whose the fields are before the apply. What nobody is known to own was there before the first apply. */
function ownersOf(live: KubeObject, base: Members, writer: Writer, versions: Versions): Managers {
  const managers = stored(live.metadata.managedFields)
  if (managers.size > 0) return managers
  const nothing = emptyObject(writer.apiVersion, versions.schema(writer.apiVersion))
  return updated(managers, nothing, base, { ...writer, manager: 'before-first-apply' }, versions)
}

function refuseConflicts(conflicts: readonly Conflict[], live: KubeObject | undefined, writer: Writer, versions: Versions): void {
  if (conflicts.length === 0) return
  const allowed = writer.manager === kubectl && live && fieldsOfLastApplied(live, versions.schema(writer.apiVersion))
  const left = conflicts.flatMap(({ manager, fields }) => {
    const others = allowed ? difference(fields, allowed) : fields
    return isEmpty(others) ? [] : [{ manager, fields: others }]
  })
  if (left.length > 0) throw applyConflict(left)
}

/** The new object, with client-side apply's note kept true. */
function noted({ object }: Applied, config: Members, { manager }: Writer): Members {
  const { metadata } = object as unknown as KubeObject
  if (manager !== kubectl || !metadata.annotations) return object
  return { ...object, metadata: { ...metadata, annotations: withLastApplied(metadata.annotations, config) } }
}

/** An object as upstream's messages name it: `NAMESPACE/NAME; GROUP/VERSION, Kind=KIND`. */
export function described(object: Members): string {
  const { namespace = '', name = '' } = isRecord(object.metadata) ? object.metadata : {}
  return `${namespace}/${name}; ${typeOf(object)}`
}

function typeOf({ apiVersion: version = '', kind = '' }: Members): string {
  return `${String(version).includes('/') ? version : `/${version}`}, Kind=${kind}`
}
