import { none, union } from './field-set.ts'
import { entryOf, idOf, type Manager, type Managers } from './managers.ts'

/** How many managers that update an object may have (upstream: DefaultMaxUpdateManagers). */
const most = 10

/** Joins the oldest of too many updaters, those of each version into one (upstream: capmanagers.go). */
export function capped(managers: Managers): Managers {
  if (managers.size <= most) return managers
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update').sort(byTime)
  if (updaters.length <= most) return managers
  const left = new Map(managers)
  const oldest = new Map<string, Manager>()
  let many = updaters.length
  for (const [, manager] of updaters) {
    if (many <= most) break
    const { apiVersion, time } = manager
    const first = oldest.get(apiVersion)
    if (!first) {
      oldest.set(apiVersion, manager)
      continue
    }
    const about = { manager: 'ancient-changes', operation: 'Update', apiVersion, ...(time && { time }) } as const
    const id = idOf(about)
    const gathered = union(union(first.fieldsV1, manager.fieldsV1), left.get(id)?.fieldsV1 ?? none)
    left.delete(idOf(first))
    left.delete(idOf(manager))
    const bucket = entryOf(about, gathered)
    left.set(id, bucket)
    oldest.set(apiVersion, bucket)
    many--
  }
  return left
}

const byTime = ([idA, a]: readonly [string, Manager], [idB, b]: readonly [string, Manager]): number => {
  const [left, right] = [`${a.time ?? ''} ${idA}`, `${b.time ?? ''} ${idB}`]
  return left < right ? -1 : left > right ? 1 : 0
}
