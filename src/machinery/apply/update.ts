import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { identical } from '#machinery/equality.ts'
import { capped } from './cap.ts'
import { Unmergeable } from './element.ts'
import { emptyObject } from './empty.ts'
import { difference, isEmpty, none, sorted, union } from './field-set.ts'
import type { Members } from './form.ts'
import { entriesOf, entryOf, idOf, type Manager, type Managers, sent, stored, withFields } from './managers.ts'
import { withSchema } from './schema-sets.ts'
import { type Change, changes, ownable, type Versions, type Writer, withoutEntries } from './versions.ts'

/**
 * The entries of metadata.managedFields after a create, an update or a patch: what changed is now the writer's, what went is nobody's.
 * The very entries of `before`, where nothing changed. Never throws: where the fields cannot be told, all stays as it was
 * (upstream: managedfields/internal/fieldmanager.go).
 */
export function entriesAfterUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
  versions: Versions,
): ManagedFieldsEntry[] | undefined {
  const live = before?.metadata.managedFields
  const known = stored(live)
  const managers = startingFrom(after.metadata.managedFields, live, known, writer)
  // Of an object whose entries were thrown away, nobody owns anything until somebody applies.
  if (before && managers.size === 0) return undefined
  try {
    const was = before ? withoutEntries(before) : emptyObject(writer.apiVersion, versions.schema(writer.apiVersion))
    const now = updated(managers, was, withoutEntries(after), writer, versions)
    return now === known ? live : entriesOf(now)
  } catch (error) {
    if (error instanceof Unmergeable) return live
    throw error
  }
}

/**
 * Clients may change entries, or throw all away by sending an empty list or an empty entry; but one who sends none, or
 * what cannot be read, does not know of them. Through other doors nobody changes them.
 */
function startingFrom(
  asked: ManagedFieldsEntry[] | undefined,
  live: ManagedFieldsEntry[] | undefined,
  known: Managers,
  { subresource }: Writer,
): Managers {
  if (!asked || subresource || identical(asked, live)) return known
  if (asked.length === 0 || (asked.length === 1 && Object.keys(asked[0]!).length === 0)) return new Map()
  try {
    return sent(asked)
  } catch (error) {
    if (error instanceof Unmergeable) return known
    throw error
  }
}

/** Who owns what after a write that is not an apply; the same map if that is who did before. Throws Unmergeable. */
export function updated(managers: Managers, before: Members, after: Members, writer: Writer, versions: Versions): Managers {
  const changeIn = changes(before, after, writer, versions)
  const { changed } = changeIn(writer.apiVersion)!
  const mine = ownable(changed)
  const left = keptBy(managers, changeIn, versions)
  if (isEmpty(mine)) return left
  const about = { ...writer, operation: 'Update' } as const
  const id = idOf(about)
  return capped(new Map(left).set(id, entryOf(about, union(left.get(id)?.fieldsV1 ?? none, sorted(mine)))))
}

/** What managers keep of their fields after a change. Versions that are gone take their managers with them. */
function keptBy(managers: Managers, changeIn: (apiVersion: string) => Change | undefined, versions: Versions): Managers {
  const left = new Map<string, Manager>()
  let same = true
  for (const [id, manager] of managers) {
    const change = changeIn(manager.apiVersion)
    const kept = change && fieldsKept(manager, change, versions)
    if (kept) left.set(id, kept)
    same &&= kept === manager
  }
  return same ? managers : left
}

function fieldsKept(manager: Manager, { changed, removed }: Change, versions: Versions): Manager | undefined {
  const owned = withSchema(manager.fieldsV1, versions.schema(manager.apiVersion))
  return withFields(manager, difference(difference(owned, changed), removed))
}
