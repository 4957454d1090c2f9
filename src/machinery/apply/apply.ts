import { identical } from '#machinery/equality.ts'
import { fieldsOf } from './extract.ts'
import { difference, type FieldSet, intersection, isEmpty, sorted } from './field-set.ts'
import type { Members } from './form.ts'
import { entryOf, idOf, type Manager, type Managers, withFields } from './managers.ts'
import { merge } from './merge.ts'
import { prune } from './prune.ts'
import { withSchema } from './schema-sets.ts'
import { changes, ownable, type Versions, type Writer } from './versions.ts'

/** Fields that an apply would take from another manager. */
export interface Conflict {
  readonly manager: Manager
  readonly fields: FieldSet
}

/** What an apply comes to, if its conflicts are forced. */
export interface Applied {
  /** The new object: it shares parts with the live one and the configuration. */
  readonly object: Members
  readonly managers: Managers
  /** In the order of the managers' names. */
  readonly conflicts: readonly Conflict[]
}

/**
 * Merges a configuration into a live object: what it sets is the applier's too, what the applier set before and nobody else owns goes.
 * The configuration must have been checked. Throws Unmergeable for a live object whose lists cannot be merged
 * (upstream: structured-merge-diff/merge/update.go).
 */
export function applied(live: Members, config: Members, managers: Managers, writer: Writer, versions: Versions): Applied {
  const { apiVersion } = writer
  const schema = versions.schema(apiVersion)
  const merged = merge(live, config, schema)
  const asked = writer.writes(fieldsOf(config, schema))
  const id = idOf({ ...writer, operation: 'Apply' })
  const last = managers.get(id)
  const now = new Map(inExistingVersions(managers, live, versions)).set(id, entryOf({ ...writer, operation: 'Apply' }, asked))
  const object = last ? prune(merged, last, now, apiVersion, versions) : merged
  const changeIn = changes(live, object, writer, versions)
  const conflicts: Conflict[] = []
  for (const [other, manager] of [...now].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (other === id) continue
    const { changed, removed } = changeIn(manager.apiVersion)!
    const fields = intersection(manager.fieldsV1, changed)
    if (!isEmpty(fields)) conflicts.push({ manager, fields })
    keep(now, other, withFields(manager, difference(difference(manager.fieldsV1, fields), removed)))
  }
  // Nothing was written, so there is no time of writing.
  const { time: _, ...undated } = writer
  const dated = identical(live, object) ? { ...undated, ...(last?.time && { time: last.time }) } : writer
  const mine = ownable(asked)
  keep(now, id, isEmpty(mine) ? undefined : entryOf({ ...dated, operation: 'Apply' }, sorted(mine)))
  return { object, managers: now, conflicts }
}

function inExistingVersions(managers: Managers, live: Members, versions: Versions): Managers {
  const left = new Map<string, Manager>()
  for (const [id, manager] of managers)
    if (versions.convert(live, manager.apiVersion))
      keep(left, id, withFields(manager, withSchema(manager.fieldsV1, versions.schema(manager.apiVersion))))
  return left
}

function keep(managers: Map<string, Manager>, id: string, manager: Manager | undefined): void {
  if (manager) managers.set(id, manager)
  else managers.delete(id)
}
