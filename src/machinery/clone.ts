import { isExact } from './exact.ts'

/** Sets an own member, also one called `__proto__`, which plain assignment would take for the prototype. */
export function put(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
  else record[key] = value
}

/** Whether a JSON value has members. Exact integers (see json.ts) are values without any. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExact(value)

/** A deep copy of a JSON value, several times as fast as structuredClone. */
export const clone = <T>(value: T): T => copy(value) as T

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = new Array(value.length)
    for (let i = 0; i < value.length; i++) items[i] = copy(value[i])
    return items
  }
  const members = {}
  for (const key in value) {
    if (key === 'rawJSON' && isExact(value)) return value
    put(members, key, copy((value as Record<string, unknown>)[key]))
  }
  return members
}
