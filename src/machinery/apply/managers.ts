import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import { quote } from '#machinery/causes.ts'
import { isRecord } from '#machinery/clone.ts'
import { canonical, Unmergeable } from './element.ts'
import { type FieldSet, isEmpty, none, sorted } from './field-set.ts'

/** One entry of metadata.managedFields: whose fields these are, and how and when they became theirs. */
export interface Manager extends Omit<ManagedFieldsEntry, 'fieldsV1'> {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly fieldsV1: FieldSet
}

/** The managers of an object by who they are. */
export type Managers = ReadonlyMap<string, Manager>

/** Who a manager is. One who applies is the same in every version of the kind, one who updates is another in each. */
export const idOf = ({ manager, operation, apiVersion, subresource }: Omit<Manager, 'fieldsV1'>): string =>
  `${manager}\0${operation}\0${operation === 'Update' ? apiVersion : ''}\0${subresource ?? ''}`

/** The entries of a stored object, which we, or another API server, wrote. */
export const stored = (entries: readonly ManagedFieldsEntry[] | undefined): Managers =>
  new Map(entries?.map(asManager).map(manager => [idOf(manager), manager]))

const asManager = (entry: ManagedFieldsEntry): Manager =>
  (entry.fieldsV1 ? entry : { ...entry, fieldsV1: none }) as unknown as Manager

/** Entries that a client sends. Throws Unmergeable for such as cannot be read (upstream: managedfields/internal/managedfields.go). */
export function sent(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers = new Map<string, Manager>()
  for (const [index, entry] of entries.entries()) {
    const { manager = '', operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new Unmergeable('operation must be `Apply` or `Update`')
    if (!apiVersion) throw new Unmergeable('apiVersion must not be empty')
    if (!fieldsType) throw new Unmergeable(`missing fieldsType in managed fields entry ${index}`)
    if (fieldsType !== 'FieldsV1')
      throw new Unmergeable(`invalid fieldsType ${quote(fieldsType)} in managed fields entry ${index}`)
    const fields = sorted(setOf(fieldsV1))
    const read = entryOf({ manager, operation, apiVersion, ...(time && { time }), ...(subresource && { subresource }) }, fields)
    managers.set(idOf(read), read)
  }
  return managers
}

/** What stands in fieldsV1, as a set. */
function setOf(value: unknown): FieldSet {
  if (value === null || value === undefined) return none
  if (!isRecord(value)) throw new Unmergeable('fieldsV1 must be an object')
  const set: Record<string, FieldSet> = {}
  for (const key of Object.keys(value)) {
    const element = key === '.' ? key : canonical(key)
    if (element !== undefined) set[element] = element === '.' ? none : setOf(value[key])
  }
  return Object.keys(set).length === 1 && set['.'] ? none : set
}

/** An entry, its members in upstream's order, as the set must be. */
export function entryOf(
  { manager, operation, apiVersion, time, subresource }: Omit<Manager, 'fieldsV1'>,
  set: FieldSet,
): Manager {
  return {
    manager,
    operation,
    apiVersion,
    ...(time && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: set,
    ...(subresource && { subresource }),
  }
}

/** The same manager with other fields; nobody, if none are left. */
export const withFields = (manager: Manager, set: FieldSet): Manager | undefined =>
  isEmpty(set) ? undefined : set === manager.fieldsV1 ? manager : { ...manager, fieldsV1: set }

/** The entries as they stand in metadata: appliers first, then by time. Undefined if there are none. */
export function entriesOf(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].sort(byAge) as unknown as ManagedFieldsEntry[]
}

function byAge(a: Manager, b: Manager): number {
  return (
    inOrder(a.operation, b.operation) ||
    inOrder(a.time ?? '', b.time ?? '') ||
    inOrder(a.manager, b.manager) ||
    inOrder(a.apiVersion, b.apiVersion) ||
    inOrder(a.subresource ?? '', b.subresource ?? '')
  )
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
