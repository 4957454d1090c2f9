import { clone, isRecord, put } from '#machinery/clone.ts'

/** Applies a JSON merge patch (RFC 7386): members replace, `null` removes, objects merge. Gives a new value. */
export const applyMergePatch = <T>(document: T, patch: unknown): T => merge(document, patch) as T

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return clone(patch)
  const result: Record<string, unknown> = {}
  const before = isRecord(target) ? target : {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(patch, key)) put(result, key, clone(before[key]))
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null) put(result, key, merge(Object.hasOwn(before, key) ? before[key] : undefined, patch[key]))
  }
  return result
}
