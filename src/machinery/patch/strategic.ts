import { badRequest, StatusError } from '#api/status.ts'
import { clone, isRecord, put } from '#machinery/clone.ts'
import type { Schema } from '#machinery/schema.ts'
import { bare, isDirective, type Members, marker, memberOf, printed, retainKeys } from './directives.ts'
import { inOrder, mergeScalars, scalarsWithout } from './order.ts'

/**
 * Applies a strategic merge patch: a merge patch that knows which lists are sets, and merges them by the key their schema
 * names. Gives a new value. Throws StatusError, 400 if the patch's directives are malformed; upstream answers what else may
 * be wrong with 500, and so does this.
 */
export function applyStrategicPatch<T>(document: T, patch: unknown, schema: Schema): T {
  if (!isRecord(patch))
    throw badRequest(
      `json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  return clone(merge(isRecord(document) ? document : {}, patch, schema)) as T
}

/** The original with the patch in it. What did not change is shared with the original. */
function merge(original: Members, patch: Members, schema: Schema | undefined): Members {
  if (Object.hasOwn(patch, marker)) return replaced(patch)
  const result: Record<string, unknown> = {}
  const retained = retainKeys(patch)
  for (const key of Object.keys(original)) if (!retained || retained.has(key)) put(result, key, original[key])
  const ordered = mergeOrdered(result, patch, schema)
  for (const key of Object.keys(patch)) {
    if (isDirective(key, '$deleteFromPrimitiveList')) deleteScalars(result, key, patch[key])
    else if (!ordered.has(key) && !key.startsWith('$retainKeys') && !isDirective(key, '$setElementOrder')) {
      mergeMember(result, key, patch[key], memberOf(schema, key))
    }
  }
  return result
}

/** `$patch: replace` puts the patch in the original's place, `$patch: delete` nothing. */
function replaced(patch: Members): Members {
  const { [marker]: directive, ...rest } = patch
  if (directive === 'replace') return rest
  if (directive === 'delete') return {}
  throw failure(`unknown patch type: ${printed(directive)} in map: ${printed(patch)}`)
}

function mergeMember(result: Record<string, unknown>, key: string, value: unknown, schema: Schema | undefined): void {
  const before = Object.hasOwn(result, key) ? result[key] : undefined
  if (value === null) delete result[key]
  else if (isRecord(value) && isRecord(before)) {
    put(result, key, strategyOf(schema) === 'replace' ? value : merge(before, value, schema))
  } else if (Array.isArray(value) && Array.isArray(before)) {
    put(result, key, strategyOf(schema) === 'merge' ? mergeLists(before, value, schema) : value)
  } else {
    const rest = bare(value)
    if (rest === undefined) delete result[key]
    else put(result, key, rest)
  }
}

/** How a member is to be merged; undefined is the usual way: objects merge, lists are replaced. */
const strategyOf = (schema: Schema | undefined): string | undefined =>
  schema?.patchStrategy?.find(strategy => strategy !== 'retainKeys')

/** Merges the lists for which the patch says the order. Gives their names. */
function mergeOrdered(result: Record<string, unknown>, patch: Members, schema: Schema | undefined): Set<string> {
  const names = new Set<string>()
  for (const directive of Object.keys(patch).filter(key => isDirective(key, '$setElementOrder'))) {
    const name = nameIn(directive, 'invalid patch format of setElementOrder list')
    const order = listOf(patch[directive])
    const before = Object.hasOwn(result, name) ? listOf(result[name]) : undefined
    const change = Object.hasOwn(patch, name) && patch[name] !== null ? listOf(patch[name]) : undefined
    if (Object.hasOwn(patch, name) && patch[name] === null) continue
    const member = memberOf(schema, name)
    const key = member?.patchMergeKey
    checkOrder(change ?? [], order, key)
    names.add(name)
    if (!before && !change) continue
    const merged = !before
      ? (bare(change) as unknown[])
      : !change
        ? before
        : strategyOf(member) === 'merge'
          ? mergeLists(before, change, member)
          : change
    put(result, name, inOrder(merged, order, before ?? [], keyed(key)))
  }
  return names
}

/** A patch must list its items in the order it asks for. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], key: string | undefined): void {
  if (order.length === 0) return
  const keyOf = keyed(key)
  let at = 0
  for (const item of change) {
    if (isRecord(item) && Object.hasOwn(item, marker)) continue
    while (at < order.length && keyOf(order[at]) !== keyOf(item)) at++
    if (at++ < order.length) continue
    throw failure(`The order in patch list:\n${printed(change)}\n doesn't match $setElementOrder list:\n${printed(order)}\n`)
  }
}

function deleteScalars(result: Record<string, unknown>, directive: string, values: unknown): void {
  const name = nameIn(directive, 'invalid patch format of primitive list')
  if (values === null) delete result[name]
  else if (Object.hasOwn(result, name) && Array.isArray(values) && Array.isArray(result[name])) {
    put(result, name, scalarsWithout(result[name], values))
  }
}

function mergeLists(before: readonly unknown[], change: readonly unknown[], schema: Schema | undefined): readonly unknown[] {
  if (before.length + change.length === 0) return before
  if (!areRecords([...before, ...change])) return mergeScalars(before, change)
  const key = schema?.patchMergeKey
  if (!key) throw failure('cannot merge lists without merge key for struct')
  return mergeItems(before as Members[], change as Members[], key, schema?.items)
}

/** Whether a list is of objects; it may not be of several things, nor of lists. */
function areRecords(items: readonly unknown[]): boolean {
  const kinds = new Set(items.map(item => (isRecord(item) ? 'object' : Array.isArray(item) ? 'list' : typeof item)))
  if (kinds.has('list')) throw new StatusError('Invalid', 'the server rejected our request due to an error in our request', {})
  if (kinds.size > 1) throw failure(`list element types are not identical: ${printed([items])}`)
  return kinds.has('object')
}

/** Items with the same key are one: those of the patch are merged into the original's, added, or delete them. */
function mergeItems(
  before: readonly Members[],
  change: readonly Members[],
  key: string,
  schema: Schema | undefined,
): readonly unknown[] {
  const keyOf = keyed(key)
  const plain = change.filter(item => !Object.hasOwn(item, marker))
  const special = change.filter(item => Object.hasOwn(item, marker))
  const gone = new Set<unknown>()
  for (const item of special) {
    if (item[marker] === 'delete') gone.add(keyOf(item))
    else if (item[marker] === 'merge') throw failure('merging lists cannot yet be specified in the patch')
    else if (item[marker] !== 'replace') throw failure(`unknown patch type: ${printed(item[marker])} in map: ${printed(item)}`)
  }
  if (special.some(item => item[marker] === 'replace')) return plain
  const merged = before.filter(item => !gone.has(keyOf(item)))
  // Of several items with one key, the first is meant.
  const at = new Map(merged.map((item, i) => [keyOf(item), i] as const).reverse())
  for (const item of plain) {
    const i = at.get(keyOf(item)) ?? merged.length
    if (i === merged.length) at.set(keyOf(item), i)
    merged[i] = i in merged ? merge(merged[i]!, item, schema) : item
  }
  return inOrder(merged, plain, before, keyOf)
}

/** What tells the items of a list apart: their merge key, or themselves. */
const keyed =
  (key: string | undefined) =>
  (item: unknown): unknown => {
    if (!key) return item
    if (isRecord(item) && Object.hasOwn(item, key)) return item[key]
    throw failure(`map: ${printed(item)} does not contain declared merge key: ${key}`)
  }

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw failure(`expected a []interface {}, but received a ${isRecord(value) ? 'map[string]interface {}' : typeof value}`)
}

function nameIn(directive: string, problem: string): string {
  const slash = directive.indexOf('/')
  if (slash < 0) throw badRequest(problem)
  return directive.slice(slash + 1)
}

const failure = (message: string): StatusError => new StatusError('', message, undefined, 500)
