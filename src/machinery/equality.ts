type Test = (value: unknown) => boolean

/**
 * Whether two JSON values mean the same: the order of keys does not matter, and a member that is `undefined`, `null`
 * or an empty list is as good as absent (upstream's semantic equality).
 */
export const equal = (a: unknown, b: unknown): boolean => alike(a, b, isNothing)

/** Whether two JSON values are the same text but for the order of keys. */
export const identical = (a: unknown, b: unknown): boolean => alike(a, b, isUndefined)

const isUndefined: Test = value => value === undefined

const isNothing: Test = value => value === undefined || value === null || (Array.isArray(value) && value.length === 0)

function alike(a: unknown, b: unknown, isAbsent: Test): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return isAbsent(a) && isAbsent(b)
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && alikeLists(a, b, isAbsent)
  return alikeRecords(a as Record<string, unknown>, b as Record<string, unknown>, isAbsent)
}

function alikeLists(a: readonly unknown[], b: readonly unknown[], isAbsent: Test): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i], isAbsent)) return false
  return true
}

function alikeRecords(a: Record<string, unknown>, b: Record<string, unknown>, isAbsent: Test): boolean {
  for (const key in a) if (!alike(a[key], Object.hasOwn(b, key) ? b[key] : undefined, isAbsent)) return false
  for (const key in b) if (!Object.hasOwn(a, key) && !isAbsent(b[key])) return false
  return true
}
