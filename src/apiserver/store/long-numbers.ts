import type { KubeObject } from '#api/object.ts'
import { type Cause, invalid } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { isExact } from '#machinery/exact.ts'

/**
 * Runs rules on an object. Integers beyond 2^53 are kept and given back exactly, but nobody can compute with them: an object
 * whose rules stumble over one is refused as invalid, instead of failing inside the server.
 */
export async function withLongNumbers<R>(resource: Resource, object: KubeObject, rules: () => Promise<R>): Promise<R> {
  try {
    return await rules()
  } catch (error) {
    const causes = error instanceof TypeError ? [...longNumbers(object, '')] : []
    throw causes.length > 0 ? invalid(resource.kind, object.metadata.name ?? '', causes) : error
  }
}

function* longNumbers(value: unknown, path: string): Generator<Cause> {
  if (isExact(value)) yield invalidValue(path, value, `must be less than or equal to ${Number.MAX_SAFE_INTEGER}`)
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* longNumbers(item, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) yield* longNumbers(member, path ? `${path}.${key}` : key)
}
