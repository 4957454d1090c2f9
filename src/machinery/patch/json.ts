import { badRequest, StatusError } from '#api/status.ts'
import { clone, isRecord, put } from '#machinery/clone.ts'
import { identical } from '#machinery/equality.ts'

/*
 * Our own, because the API server's dialect of RFC 6902 is that of the Go library evanphx/json-patch: `replace` may create a
 * member, an index may count from the end, an absent member equals null. And because paths are the client's to choose: they
 * reach own members only, and copying is limited.
 */

const maxOperations = 10_000
const maxCopiedBytes = 3 * 1024 * 1024

interface Operation {
  readonly op: string
  readonly path: string
  readonly from: string
  readonly value: unknown
}

/** What an operation works on: the whole document, and how many bytes were copied so far. */
interface Work {
  document: unknown
  copied: number
}

/**
 * Applies a JSON patch (RFC 6902) and gives a new value. Throws StatusError: 400 if the patch is none, 413 if it has more
 * than 10,000 operations, 422 if it does not apply, as when a `test` fails.
 */
export function applyJsonPatch<T>(document: T, patch: unknown): T {
  const operations = operationsOf(patch)
  const work: Work = { document: clone(document), copied: 0 }
  try {
    for (const operation of operations) apply(work, operation)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new StatusError('Invalid', 'the server rejected our request due to an error in our request', {})
  }
  return work.document as T
}

/** Why an operation does not apply. Upstream keeps it to itself. */
class Misfit extends Error {}

function operationsOf(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw badRequest(`json: cannot unmarshal ${typeName(patch)} into Go value of type jsonpatch.Patch`)
  if (patch.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: ${message}`)
  }
  return patch.map(operation => {
    if (isRecord(operation))
      return { op: text(operation.op), path: text(operation.path), from: text(operation.from), value: operation.value ?? null }
    throw badRequest(`json: cannot unmarshal ${typeName(operation)} into Go value of type jsonpatch.Operation`)
  })
}

const typeName = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value)

/** A member that must be text; what is not leads nowhere. */
const text = (member: unknown): string => (typeof member === 'string' ? member : '\0')

function apply(work: Work, { op, path, from, value }: Operation): void {
  if (op === 'add') placeOf(work, path).add(clone(value))
  else if (op === 'remove') placeOf(work, path).remove()
  else if (op === 'replace') replace(work, path, clone(value))
  else if (op === 'test') test(path === '' ? work.document : placeOf(work, path).get(), value)
  else if (op === 'move') move(work, from, path)
  else if (op === 'copy') copy(work, from, path)
  else throw new Misfit(`Unexpected kind: ${op}`)
}

function replace(work: Work, path: string, value: unknown): void {
  if (path !== '') placeOf(work, path).set(value)
  else if (typeof value !== 'object' || value === null) throw new Misfit('replace operation value must be object or array')
  else work.document = value
}

function move(work: Work, from: string, path: string): void {
  const source = placeOf(work, from)
  const moved = source.get()
  source.remove()
  placeOf(work, path).add(moved)
}

function copy(work: Work, from: string, path: string): void {
  const copied = placeOf(work, from).get()
  work.copied += JSON.stringify(copied).length
  if (work.copied > maxCopiedBytes) throw new Misfit('the accumulated size increase of copy exceeds the limit')
  placeOf(work, path).add(clone(copied))
}

function test(found: unknown, wanted: unknown): void {
  if (!identical(found, wanted)) throw new Misfit('test failed')
}

/** Where a path ends: a member of an object, or an item of a list. */
interface Place {
  get(): unknown
  set(value: unknown): void
  add(value: unknown): void
  remove(): void
}

function placeOf(work: Work, path: string): Place {
  const [root, ...keys] = path.split('/').map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop()
  if (root !== '' || last === undefined) throw new Misfit(`missing path: ${path}`)
  let container = work.document
  for (const key of keys) container = within(container, key).get()
  return within(container, last)
}

function within(container: unknown, key: string): Place {
  if (Array.isArray(container)) return itemOf(container, key)
  if (isRecord(container)) return memberOf(container, key)
  throw new Misfit(`missing value: ${key}`)
}

const memberOf = (record: Record<string, unknown>, key: string): Place => ({
  get: () => (Object.hasOwn(record, key) ? record[key] : null),
  set: value => put(record, key, value),
  add: value => put(record, key, value),
  remove() {
    if (!Object.hasOwn(record, key)) throw new Misfit(`Unable to remove nonexistent key: ${key}`)
    delete record[key]
  },
})

const itemOf = (list: unknown[], key: string): Place => ({
  get: () => list[indexIn(list.length, key)],
  set(value) {
    list[indexIn(list.length, key)] = value
  },
  add: value => void list.splice(key === '-' ? list.length : indexIn(list.length + 1, key), 0, value),
  remove: () => void list.splice(indexIn(list.length, key), 1),
})

/** Counted from the end if negative. */
function indexIn(length: number, key: string): number {
  const index = /^[+-]?\d{1,15}$/.test(key) ? Number(key) : Number.NaN
  if (!(index >= -length && index < length)) throw new Misfit(`Unable to access invalid index: ${key}`)
  return index < 0 ? index + length : index + 0
}
