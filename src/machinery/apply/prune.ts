import { fieldsOf } from './extract.ts'
import { difference, type FieldSet, intersection, none, union } from './field-set.ts'
import type { Members } from './form.ts'
import type { Manager, Managers } from './managers.ts'
import { remove } from './remove.ts'
import { withNamedFields } from './schema-sets.ts'
import type { Versions } from './versions.ts'

/**
 * Takes out of a merged object what its applier applied last time, does not apply now, and nobody else owns. An item stays, though its
 * applier let it go, as long as anyone owns anything in it (upstream: structured-merge-diff/merge/update.go). Throws Unmergeable.
 */
export function prune(merged: Members, last: Manager, managers: Managers, apiVersion: string, versions: Versions): Members {
  const whole = versions.convert(merged, last.apiVersion)
  if (!whole) return merged
  const named = (set: FieldSet): FieldSet => withNamedFields(set, versions.schema(last.apiVersion))
  const lastFields = named(last.fieldsV1)
  const bared = remove(whole, lastFields, versions.schema(last.apiVersion))
  const owned = withOwned(whole, bared, last.apiVersion, managers, versions)
  const fields = (object: Members): FieldSet => named(fieldsOf(object, versions.schema(last.apiVersion)))
  const gone = intersection(difference(fields(whole), fields(owned)), lastFields)
  return versions.convert(remove(whole, gone, versions.schema(last.apiVersion)), apiVersion) ?? merged
}

/** Puts back, version by version, what managers own. The version the object is in comes first, and in it the result is given. */
function withOwned(whole: Members, bared: Members, apiVersion: string, managers: Managers, versions: Versions): Members {
  const ownedIn = new Map<string, FieldSet>([[apiVersion, none]])
  for (const { apiVersion: version, fieldsV1 } of managers.values())
    ownedIn.set(version, union(ownedIn.get(version) ?? none, fieldsV1))
  let result = bared
  for (const [version, owned] of ownedIn) {
    const all = versions.convert(whole, version)
    const some = versions.convert(result, version)
    if (!all || !some) continue
    const schema = versions.schema(version)
    const named = (set: FieldSet): FieldSet => withNamedFields(set, schema)
    const stays = union(named(fieldsOf(some, schema)), named(owned))
    result = remove(all, difference(named(fieldsOf(all, schema)), stays), schema)
  }
  return versions.convert(result, apiVersion) ?? bared
}
